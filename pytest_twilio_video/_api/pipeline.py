"""The pipeline: from a request to its response, one step per line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _hosts as hosts
from .._engine.parameters import build
from .._engine.refusals import NOT_FOUND, Refusal
from .._engine.texts import printable
from .._http import Response
from .._resources.media import Download
from ..errors import UnknownEndpointWarning, UnknownParameterWarning
from . import authentication, errors, form, pages, representation, routes, storage


if TYPE_CHECKING:
    from .._engine.account import Account
    from .._engine.credentials import Credentials
    from .._http import Fields, Request
    from .routes import Names, Route


def answer(account: Account, credentials: Credentials, request: Request) -> Response:
    """Return the response of video.twilio.com, or of its storage, to *request*."""
    if bucket := hosts.bucket_at(request.url):
        return storage.answer(account, bucket, request)
    try:
        caller = authentication.check(credentials, request)
        route, names = _find(account, request)
        with account.operation(caller):
            _warn_of_unknown(account, route, request)
            outcome = _operate(account, route, names, request.fields)
            if isinstance(outcome, Download):
                return storage.redirect(account, outcome)
            return _respond(route, request, outcome)
    except Refusal as refusal:
        return errors.to_response(refusal, request.path)


def _find(account: Account, request: Request) -> tuple[Route, Names]:
    try:
        return routes.find(request.method, request.path)
    except Refusal as refusal:
        what = printable(f"Twilio Video has no {request.method} {request.path}")
        account.warn(UnknownEndpointWarning(f"{what}, so it was refused with {refusal.code}"))
        raise


def _warn_of_unknown(account: Account, route: Route, request: Request) -> None:
    """Issue a warning for each unknown parameter. Twilio ignores it, but it may be misspelled."""
    paging = pages.FIELDS if route.lists else ()
    for name, hint in form.unknown(route.takes, request.fields, paging).items():
        what = (
            f"Twilio Video does not know the parameter {name!r} of {request.method} {request.path}"
        )
        account.warn(UnknownParameterWarning(f"{what}, so it was ignored.{hint}"))


def _operate(account: Account, route: Route, names: Names, fields: Fields) -> Any:
    arguments: list[Any] = []
    for name, value in names:
        if "/" in value:  # It was escaped. No resource has such a path, so nothing is found.
            raise Refusal(NOT_FOUND)
        arguments.append(routes.FINDERS[name](account, *arguments, value))
    if route.takes is not None:
        values = form.read(route.takes, fields)
        arguments.append(build(route.takes, route.fill(account, values) if route.fill else values))
    return arguments[-1] if route.operation is None else route.operation(account, *arguments)


def _respond(route: Route, request: Request, outcome: Any) -> Response:
    if outcome is None:
        return Response(route.status)
    if route.lists is None:
        document = representation.document(outcome, routes.ADDRESSES)
    else:
        page = pages.page_of(outcome, request, route.lists, route.largest_page)
        listed = [representation.document(record, routes.ADDRESSES) for record in page.records]
        document = {route.lists: listed, "meta": page.meta}
    return Response(route.status, representation.JSON, representation.encode(document))
