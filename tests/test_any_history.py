"""Random calls, actions and jumps of the clock, after which all invariants must hold."""

from __future__ import annotations

import base64
import json

from datetime import timedelta
from urllib.parse import urlencode

import hypothesis
import invariants

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pytest_twilio_video import FakeTwilioVideo, VideoSdkError
from pytest_twilio_video._http import Request


HOME = "https://video.twilio.com"
NAMES = st.sampled_from(["standup", "retro", "café & co", None])
IDENTITIES = st.sampled_from(["alice", "bob", "carol"])
KINDS = st.sampled_from(["audio", "video", "data"])
JUMPS = st.sampled_from(
    [timedelta(0), timedelta(seconds=1.5), timedelta(seconds=31), timedelta(minutes=2)] * 3
    + [timedelta(minutes=10), timedelta(hours=4), timedelta(hours=25), timedelta(days=31)]
)
WHICH = st.integers(0, 5)
"""A number that chooses one of several resources."""
RULES = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["include", "exclude"])},
    ).flatmap(
        lambda rule: st.sampled_from(
            [{"all": True}, {"kind": "audio"}, {"publisher": "alice"}, {"track": "a track"}]
        ).map(lambda choice: rule | choice)
    ),
    min_size=1,
    max_size=3,
)
HEARS = "https://app.example/hooks"


class History(RuleBasedStateMachine):
    """Calls, actions of participants, and jumps of the clock, in any order."""

    def __init__(self):
        super().__init__()
        self.fake = FakeTwilioVideo(seed="history", start="2026-01-01T09:00:00Z")
        self.latest = self.fake.clock.now
        self.rooms = []
        self.people = []
        self.tracks = []

    @initialize()
    def begin(self):
        """Create one resource of each kind, so that every rule can run."""
        self.create_room(name="standup", records=True, most=3, minutes=5)
        self.join(which=0, identity="alice", tracks=[])
        self.publish(which=0, kind="audio", name="a track")
        self.compose(which=0)

    def ask(self, method, path, *good, **fields):
        """Send a request. The response must have the status *good*, or be a refusal."""
        basic = base64.b64encode(f"{self.fake.account_sid}:secret".encode()).decode()
        headers = {"authorization": f"Basic {basic}"}
        form = urlencode(
            {name: said for name, said in fields.items() if said is not None}, doseq=True
        )
        url = path if path.startswith("http") else HOME + path
        if method == "GET":
            url, form = f"{url}?{form}" if form else url, ""
        answer = self.fake._handle(Request(method, url, headers, form.encode(), "a test"))
        assert answer.status in good or 400 <= answer.status < 500, answer
        document = json.loads(answer.body) if answer.body else None
        if answer.status not in good:
            assert answer.status == document["status"]
        return document if answer.status in good else None

    def listed(self, path, **filters):
        """Return a complete list, fetched page by page."""
        filters["PageSize"] = 3
        page = self.ask("GET", path, 200, **filters)
        found = page[page["meta"]["key"]]
        while page["meta"]["next_page_url"]:
            page = self.ask("GET", page["meta"]["next_page_url"], 200)
            found += page[page["meta"]["key"]]
        return found

    # Calls over HTTP.

    @rule(name=NAMES, records=st.booleans(), most=st.integers(1, 3), minutes=st.integers(1, 10))
    def create_room(self, name, records, most, minutes):
        made = self.ask(
            "POST",
            "/v1/Rooms",
            201,
            UniqueName=name,
            RecordParticipantsOnConnect=str(records),
            MaxParticipants=most,
            EmptyRoomTimeout=minutes,
            UnusedRoomTimeout=minutes,
            StatusCallback=HEARS,
            TranscribeParticipantsOnConnect="true",
        )
        if made:
            self.rooms.append(self.fake.rooms[made["sid"]])

    @rule(which=WHICH)
    def complete_room(self, which):
        room = latest(self.rooms, which)
        was_over = room.end_time is not None
        made = self.ask("POST", f"/v1/Rooms/{room.sid}", 202, Status="completed")
        assert (made is None) == was_over
        assert room.status == "completed"

    @rule(which=WHICH)
    def kick(self, which):
        person = latest(self.people, which)
        path = f"/v1/Rooms/{person.room_sid}/Participants/{person.sid}"
        assert self.ask("POST", path, 202, Status="disconnected")["status"] == "disconnected"

    @rule(which=WHICH)
    def anonymize(self, which):
        person = latest(self.people, which)
        path = f"/v1/Rooms/{person.room_sid}/Participants/{person.sid}/Anonymize"
        assert self.ask("POST", path, 200)["identity"] == person.sid

    @rule(which=WHICH, rules=RULES)
    def post_recording_rules(self, which, rules):
        path = f"/v1/Rooms/{latest(self.rooms, which).sid}/RecordingRules"
        self.ask("POST", path, 200, Rules=json.dumps(rules))

    @rule(which=WHICH, rules=RULES)
    def post_subscribe_rules(self, which, rules):
        person = latest(self.people, which)
        path = f"/v1/Rooms/{person.room_sid}/Participants/{person.sid}/SubscribeRules"
        self.ask("POST", path, 200, Rules=json.dumps(rules))

    @rule(which=WHICH)
    def delete_recording(self, which):
        recording = latest(self.fake.recordings, which)
        self.ask("DELETE", f"/v1/Recordings/{recording.sid}", 204)

    @rule(which=WHICH)
    def compose(self, which):
        room = latest(self.rooms, which)
        said = {"RoomSid": room.sid, "AudioSources": "*", "StatusCallback": HEARS}
        self.ask("POST", "/v1/Compositions", 201, **said)

    @rule(name=st.sampled_from(["one", "two"]))
    def hook(self, name):
        said = {"FriendlyName": name, "AudioSources": "*", "StatusCallback": HEARS}
        self.ask("POST", "/v1/CompositionHooks", 201, **said)

    @rule(which=WHICH)
    def delete_composition(self, which):
        composition = latest(self.fake.compositions, which)
        self.ask("DELETE", f"/v1/Compositions/{composition.sid}", 204)

    # Actions of participants, and time.

    @rule(which=WHICH, identity=IDENTITIES, tracks=st.lists(KINDS, max_size=2))
    def join(self, which, identity, tracks=()):
        room = latest(self.rooms, which)
        try:
            self.people.append(room.connect(identity, tracks=tracks))
        except VideoSdkError:
            is_full = len(invariants.present(room)) >= room.max_participants
            assert is_full or room.end_time is not None

    @rule(which=WHICH)
    def leave(self, which):
        person = latest(self.people, which)
        unless_network_is_lost(person, person.disconnect)

    @rule(which=WHICH)
    def drop_network(self, which):
        person = latest(self.people, which)
        person.drop_network()

    @rule(which=WHICH)
    def resume(self, which):
        person = latest(self.people, which)
        try:
            person.resume()
        except VideoSdkError:
            assert person.end_time is not None

    @rule(which=WHICH, kind=KINDS, name=st.sampled_from(["a track", None]))
    def publish(self, which, kind, name):
        person = latest(self.people, which)
        taken = [each.name for each in person.published_tracks]
        try:
            self.tracks.append(person.publish(kind, name))
        except VideoSdkError:
            assert person.status != "connected" or name in taken

    def publisher(self, track):
        return self.fake.rooms[track.room_sid].participants[track.participant_sid]

    @rule(which=WHICH)
    def unpublish(self, which):
        track = latest(self.tracks, which)
        unless_network_is_lost(self.publisher(track), track.unpublish)

    @rule(which=WHICH)
    def mute(self, which):
        track = latest(self.tracks, which)
        publisher = self.publisher(track)
        if track in publisher.published_tracks:
            unless_network_is_lost(publisher, track.disable)

    @rule(which=WHICH, data=st.sampled_from(["a question", b"\x00"]))
    def send(self, which, data):
        track = latest(self.tracks, which)
        publisher = self.publisher(track)
        if track.kind == "data" and track in publisher.published_tracks:
            unless_network_is_lost(publisher, lambda: track.send(data))

    @rule(which=WHICH)
    def speak(self, which):
        person = latest(self.people, which)
        if person.end_time is None:
            person.room.dominant_speaker = person

    @rule(which=WHICH)
    def fail_recording(self, which):
        recording = latest(self.fake.recordings, which)
        if recording.status == "processing":
            recording.fail()

    @rule(by=JUMPS)
    def jump(self, by):
        self.fake.clock.advance(by)

    @rule()
    def run_next(self):
        before = self.fake.clock.pending
        timer = self.fake.clock.run_next()
        assert timer is (before[0] if before else None)

    # The invariants.

    @invariant()
    def what_is_always_so_is_so(self):
        for holds in invariants.OF_ACCOUNTS + invariants.OF_CALLBACKS:
            holds(self.fake)

    @invariant()
    def the_clock_never_goes_back(self):
        assert self.latest <= self.fake.clock.now
        self.latest = self.fake.clock.now

    def teardown(self):
        """Compare the lists with fetched resources and with the objects of the fake."""
        for status in ("in-progress", "completed"):
            listed = self.listed("/v1/Rooms", Status=status)
            assert {each["sid"] for each in listed} == {
                each.sid for each in self.fake.rooms.where(status=status)
            }
            self.same_when_fetched(listed)
            for room in listed:
                self.lists_below(room)
        for kind, held in (
            ("Recordings", self.fake.recordings),
            ("Compositions", self.fake.compositions),
        ):
            there = {each.sid for each in held if each.status != "deleted"}
            listed = self.listed(f"/v1/{kind}")
            assert {each["sid"] for each in listed} == there
            self.same_when_fetched(listed)
            for each in self.listed(f"/v1/{kind}", Status="deleted"):
                assert each["sid"] not in there

    def lists_below(self, room):
        people = []
        for status in ("connected", "reconnecting", "disconnected"):
            people += self.listed(f"/v1/Rooms/{room['sid']}/Participants", Status=status)
        assert len(people) == len(self.fake.rooms[room["sid"]].participants)
        self.same_when_fetched(people)
        self.same_when_fetched(self.listed(f"/v1/Rooms/{room['sid']}/Recordings"))
        self.same_when_fetched(self.listed(f"/v1/Rooms/{room['sid']}/Transcriptions"))
        for person in people:
            self.same_when_fetched(self.listed(person["links"]["published_tracks"]))
            subscribed = self.listed(person["links"]["subscribed_tracks"])
            self.same_when_fetched(subscribed)
            assert all(each["publisher_sid"] != person["sid"] for each in subscribed)

    def same_when_fetched(self, listed):
        sids = [each["url"] for each in listed]
        assert len(sids) == len(set(sids))
        for each in listed:
            assert self.ask("GET", each["url"], 200) == each


def latest(things, which):
    """Return the latest resource, or an earlier one by *which*: the oldest are usually over."""
    return things[-1 - which % len(things)]


def unless_network_is_lost(person, act):
    """Do an action of *person*, which may be refused if they have lost the network."""
    try:
        act()
    except VideoSdkError:
        assert person.status == "reconnecting"


def test_the_invariants_hold_after_any_history():
    settings = hypothesis.settings(
        max_examples=40,
        stateful_step_count=40,
        deadline=None,
        database=None,
        # The same histories in every run, because a test that fails sometimes helps nobody.
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(History, settings=settings)
