"""Coroutines that never wait, which run without an event loop."""

from __future__ import annotations

import asyncio

import pytest

from pytest_twilio_video._engine.coroutines import finish


async def double(number):
    return 2 * number


async def quadruple(number):
    return await double(await double(number))


async def wait():
    await asyncio.sleep(0)


async def fail():
    raise LookupError


def test_the_result_of_a_coroutine_is_returned():
    assert finish(quadruple(3)) == 12


def test_the_exception_of_a_coroutine_is_raised():
    with pytest.raises(LookupError):
        finish(fail())


def test_a_coroutine_that_waits_is_refused():
    with pytest.raises(RuntimeError, match="needs an event loop"):
        finish(wait())
