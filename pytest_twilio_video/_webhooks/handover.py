"""One delivery of one callback: hand it over, and record on it what came of that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

from .._engine.records import struct
from .._http import Disruption, Request, Response
from ..errors import TwilioVideoError
from . import address, diagnosis, swallowed
from .callback import Answer, Callback
from .exchange import converse
from .mishaps import Mishaps
from .targets import Target


__all__ = ["Handover"]

__tracebackhide__ = True  # A report shows the traceback of the handler, not the way to it.


@struct()
class Handover:
    """The delivery of *callback* to *target*, on a day with these *mishaps*."""

    callback: Callback
    target: Target
    mishaps: Mishaps
    drifted: Callable[[], timedelta]
    """How far virtual time was moved on by those who slept in it."""
    awaiting: bool
    """Whether the answer is waited for on the loop that we are on, and else without any."""

    async def run(self) -> None:
        """Deliver. Raise what the handler raises, if that is what the target wants."""
        callback = self.callback
        callback.response = callback.error = callback.problem = None
        forged = self.mishaps.strikes("tamper", callback.event)
        try:
            request = callback.forgery if forged else callback.request
            response = await converse(request, address.parse(callback.url), self._send)
        except Disruption as disruption:
            callback.error = disruption.__cause__ or disruption
            callback.problem = diagnosis.explain_disruption(disruption)
        except BaseException as error:
            callback.error = error
            callback.problem = diagnosis.explain_error(error)
            raise
        else:
            callback.response = Answer.of(response)
            if self.callback.error:
                callback.problem = diagnosis.explain_error(self.callback.error)
            elif not callback.response.ok:
                callback.problem = diagnosis.explain(request, response)
        finally:
            if forged:
                callback.problem = "it arrived with a wrong signature: callbacks.tamper()"

    async def _send(self, request: Request) -> Response:
        self.callback.attempts += 1
        self.callback.error = None
        if self.mishaps.strikes("refuse", self.callback.event):
            msg = f"{request.url} refused the connection: callbacks.refuse()"
            raise Disruption(kind="connect", message=msg) from ConnectionRefusedError(msg)
        before = self.drifted()
        response = await self._ask(request)
        took = self.drifted() - before
        if took > address.parse(self.callback.url).overrides.patience:
            msg = f"no answer from {request.url} in time: it took {took.total_seconds():g} s"
            raise Disruption(kind="timeout", message=msg) from TimeoutError(msg)
        return response

    async def _ask(self, request: Request) -> Response:
        """Return the answer; keep what the handler raised, or raise it where that is wanted."""
        error: BaseException | None = None
        with swallowed.noted() as pages:
            try:
                response = await self._take(request)
            except swallowed.AnsweredError as answered:
                response, error = answered.response, answered.error
            except Disruption:
                raise
            except Exception as raised:  # noqa: BLE001 -- whatever it is, it is the handler's
                # What any server answers for an application that does not.
                response, error = Response(HTTPStatus.INTERNAL_SERVER_ERROR.value), raised
        if pages and response.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            # Where the answer is another, the handler has coped with it.
            error = pages[-1]
        # A mistake of the test is nothing to be recorded and passed over.
        if error and (self.target.raise_exceptions or isinstance(error, TwilioVideoError)):
            raise error
        self.callback.error = error
        return response

    async def _take(self, request: Request) -> Response:
        destination = self.target.destination
        if self.awaiting:
            return await destination.atake(self.callback, request)
        return destination.take(self.callback, request)
