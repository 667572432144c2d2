"""One delivery of one callback: hand it over, and record on it what came of that."""

from __future__ import annotations

from http import HTTPStatus

from .._http import Disruption, Request, Response
from ..errors import TwilioVideoError
from . import address, diagnosis, swallowed
from .callback import Answer, Callback
from .exchange import converse
from .targets import Target


__all__ = ["deliver"]

__tracebackhide__ = True  # A report shows the traceback of the handler, not the way to it.


async def deliver(
    callback: Callback, target: Target, *, awaiting: bool, forged: bool = False
) -> None:
    """Hand *callback* over to *target*.

    Wait for the answer on the loop that we are on if *awaiting*, and else
    without any. If *forged*, the signature is wrong.

    Raise what the handler raises, if that is what *target* wants.
    """
    callback.response = callback.error = callback.problem = None
    try:
        request = callback.forgery if forged else callback.request
        response = await _converse(callback, request, target, awaiting=awaiting)
    except Disruption as disruption:
        callback.error = disruption
        callback.problem = diagnosis.explain_disruption(disruption)
    except BaseException as error:
        callback.error = error
        callback.problem = f"its delivery raised {error!r}"
        if target.raise_exceptions or not _is_the_handlers(error):
            raise
    else:
        callback.response = Answer.of(response)
        if not callback.response.ok:
            callback.problem = diagnosis.explain(request, response)


async def _converse(
    callback: Callback, request: Request, target: Target, *, awaiting: bool
) -> Response:
    async def send(request: Request) -> Response:
        callback.attempts += 1
        with swallowed.noted() as raised:
            if awaiting:
                response = await target.destination.atake(callback, request)
            else:
                response = target.destination.take(callback, request)
        # Where the answer is another, the handler has coped with it.
        if raised and response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            raise raised[-1]
        return response

    return await converse(request, address.parse(callback.url), send)


def _is_the_handlers(error: BaseException) -> bool:
    # A mistake of the test, or the wish to end it, is nothing to be recorded and passed over.
    return isinstance(error, Exception) and not isinstance(error, TwilioVideoError)
