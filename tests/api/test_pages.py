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


def test_a_page_number_without_a_token_counts_from_the_newest_record(ask, seven):
    assert sids(ask("GET", ROOMS, PageSize=3, Page=1)) == seven[3:0:-1]
    assert sids(ask("GET", ROOMS, PageSize=3, Page=9)) == []


def test_an_unknown_page_token_shows_the_first_page(ask, seven):
    assert sids(ask("GET", ROOMS, PageSize=3, PageToken="PARMnothing")) == seven[:3:-1]
