"""The application sees exactly the signed URL and parameters, whatever they are."""

from __future__ import annotations

import pytest

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


# What every framework gives back as it was. Flask decodes the rest of Unicode
# in `request.url`, and Starlette does not encode a path again; with those
# Twilio's own validator fails in production as it does here.
WORDS = st.text("abcXYZ019-._~", min_size=1).filter(lambda word: set(word) != {"."})
# Not the schemes' own: a framework that leaves these out is right to, and Twilio's validator tries
# both.
PORTS = st.none() | st.integers(1, 65535).filter(lambda port: port not in {80, 443})
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)
VALUES = st.text(st.characters(codec="utf-8"))
QUERY_VALUES = st.text(st.characters(codec="ascii", exclude_characters='"<>[\\]^`{|}'))


@st.composite
def urls(draw):
    port = draw(PORTS)
    path = "/".join(draw(st.lists(WORDS, min_size=1)))
    query = "&".join(f"{name}={draw(WORDS)}" for name in draw(st.lists(WORDS)))
    scheme = draw(st.sampled_from(["http", "https"]))
    user_info = draw(st.sampled_from(["", "user:secret@"]))
    fragment = draw(st.sampled_from(["", "#rc=2", "#"]))
    where = f"app.example:{port}" if port else "app.example"
    return f"{scheme}://{user_info}{where}/{path}{'?' if query else ''}{query}{fragment}"


@pytest.fixture(params=["flask", "fastapi", "django, wsgi", "django, asgi"])
def app(request, make_target):
    return make_target(request.param)


# One set of fixtures serves all examples, so each begins by emptying them.
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(url=urls(), params=st.dictionaries(NAMES, VALUES, min_size=1))
def test_a_form_arrives_exactly_as_it_was_signed(app, callbacks, queue, inbox, *, url, params):
    callbacks.clear()
    inbox.arrivals.clear()
    callbacks.deliver_to(app)
    callback = queue(url=url, **{f"p{name}": text for name, text in params.items()})

    callbacks.flush()

    (arrival,) = inbox.arrivals
    assert arrival["params"] == callback.params


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(url=urls(), params=st.dictionaries(WORDS, QUERY_VALUES))
def test_a_query_arrives_exactly_as_it_was_signed(app, callbacks, queue, inbox, *, url, params):
    callbacks.clear()
    inbox.arrivals.clear()
    callbacks.deliver_to(app)
    callback = queue(url=url, method="GET", **{f"p{name}": text for name, text in params.items()})

    callbacks.flush()

    (arrival,) = inbox.arrivals
    assert arrival["url"] == callback.request.url
