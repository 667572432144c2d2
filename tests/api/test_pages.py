"""The pages of lists."""

from __future__ import annotations

import pytest


ROOMS = "/v1/Rooms"


@pytest.fixture
def seven(fake):
    return [fake.rooms.create(unique_name=f"room {number}").sid for number in range(7)]


def sids(answer):
    return [room["sid"] for room in answer.json["rooms"]]


def test_following_next_pages_shows_each_room_once_newest_first(ask, seven):
    answer, found = ask("GET", ROOMS, PageSize=3), []
    while True:
        found += sids(answer)
        next_page = answer.json["meta"]["next_page_url"]
        if next_page is None:
            break
        answer = ask("GET", next_page)

    assert found == seven[::-1]
    assert answer.json["meta"]["page"] == 2


def test_changes_between_pages_do_not_shift_them(ask, fake, seven):
    first = ask("GET", ROOMS, PageSize=3)
    fake.rooms.create()
    fake.rooms[seven[4]].complete()  # the last one of the first page

    second = ask("GET", first.json["meta"]["next_page_url"])

    assert sids(second) == seven[3:0:-1]


def test_the_previous_page_url_leads_back(ask, seven):
    first = ask("GET", ROOMS, PageSize=3)
    second = ask("GET", first.json["meta"]["next_page_url"])
    third = ask("GET", second.json["meta"]["next_page_url"])

    back = ask("GET", third.json["meta"]["previous_page_url"])

    assert sids(back) == sids(second)
    assert sids(ask("GET", back.json["meta"]["previous_page_url"])) == sids(first)


def test_a_previous_page_whose_rooms_have_all_ended_is_the_first_page(ask, fake, seven):
    first = ask("GET", ROOMS, PageSize=3)
    second = ask("GET", first.json["meta"]["next_page_url"])
    for sid in seven[4:]:
        fake.rooms[sid].complete()

    back = ask("GET", second.json["meta"]["previous_page_url"])

    assert sids(back) == seven[3:0:-1]
    assert sids(ask("GET", back.json["meta"]["next_page_url"])) == seven[:1]


def test_a_previous_page_of_a_list_that_has_become_empty_is_empty(ask, fake, seven):
    first = ask("GET", ROOMS, PageSize=3)
    second = ask("GET", first.json["meta"]["next_page_url"])
    for sid in seven:
        fake.rooms[sid].complete()

    back = ask("GET", second.json["meta"]["previous_page_url"])

    assert sids(back) == []
    assert back.json["meta"]["next_page_url"] is None


def test_a_full_last_page_has_no_next_page(ask, seven):
    assert ask("GET", ROOMS, PageSize=7).json["meta"]["next_page_url"] is None
    assert ask("GET", ROOMS, PageSize=6).json["meta"]["next_page_url"] is not None


def test_page_urls_have_the_filters_first_and_the_page_last(ask, seven):
    answer = ask(
        "GET", f"{ROOMS}?PageSize=2&DateCreatedAfter=2026-01-01T09:00:00Z&Status=in-progress"
    )

    start = "https://video.twilio.com/v1/Rooms?DateCreatedAfter=2026-01-01T09%3A00%3A00Z&Status=in-progress"
    assert answer.json["meta"] == {
        "page": 0,
        "page_size": 2,
        "first_page_url": f"{start}&PageSize=2&Page=0",
        "previous_page_url": None,
        "url": f"{start}&PageSize=2&Page=0",
        "next_page_url": f"{start}&PageSize=2&Page=1&PageToken=PA{seven[5]}",
        "key": "rooms",
    }


def test_a_page_size_above_the_maximum_is_reduced(ask, seven):
    """
    The official client sends any limit as the page size, and relies on this.
    """
    assert ask("GET", ROOMS, PageSize=5000).json["meta"]["page_size"] == 1000


@pytest.mark.parametrize("number", [1, 2, 9])
def test_a_page_number_without_a_token_shows_the_first_page(ask, seven, number):
    """
    "This value is simply for client state", says the description.
    """
    answer = ask("GET", ROOMS, PageSize=3, Page=number)

    assert sids(answer) == seven[:3:-1]
    assert answer.json["meta"]["page"] == number
    assert answer.json["meta"]["previous_page_url"] is None
    assert sids(ask("GET", answer.json["meta"]["next_page_url"])) == seven[3:0:-1]


def test_a_page_number_of_the_official_client_shows_the_first_page(twilio_video):
    from twilio.rest import Client

    for number in range(5):
        twilio_video.rooms.create(unique_name=f"room {number}")
    client = Client(twilio_video.account_sid, twilio_video.auth_token)

    page = client.video.v1.rooms.page(page_number=2, page_size=2)

    assert [each.unique_name for each in page] == ["room 4", "room 3"]


LISTS = [("/v1/Rooms", 1000), ("/v1/Recordings", 100), ("/v1/Compositions", 100)]


@pytest.mark.parametrize(("path", "largest"), LISTS)
@pytest.mark.parametrize("size", ["0", "-1", "many", "1.5", "1e3"])
def test_an_invalid_page_size_is_refused_and_the_error_has_the_maximum(ask, path, largest, size):
    answer = ask("GET", path, PageSize=size)

    assert (answer.status, answer.json["code"]) == (400, 20001)
    assert answer.json["message"] == (
        f"Invalid parameter PageSize: must be a whole number from 1 to {largest}, not {size!r}"
    )


@pytest.mark.parametrize(("path", "largest"), LISTS)
@pytest.mark.parametrize("size", ["1001", "1000001", "9" * 30])
def test_a_page_size_above_the_maximum_of_the_list_is_reduced(ask, path, largest, size):
    answer = ask("GET", path, PageSize=size)

    assert (answer.status, answer.json["meta"]["page_size"]) == (200, largest)


def test_an_unknown_page_token_shows_the_first_page(ask, seven):
    assert sids(ask("GET", ROOMS, PageSize=3, PageToken="PARMnothing")) == seven[:3:-1]
