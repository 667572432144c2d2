"""A service behind an interceptor: a test sets its responses, and it records its requests."""

from __future__ import annotations

import json

import pytest

from pytest_twilio_video._http import NetworkFailure, Request, Response
from pytest_twilio_video._interceptors import Interceptor


class Service:
    """Gives the answers in *will* in turn, and then 201 with the request as its body."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.will: list[Response | BaseException] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.will.pop(0) if self.will else self._echo(request)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def will_fail(self, *statuses: int, **headers: str) -> None:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.will += [Response(status, names, b"{}") for status in statuses]

    def will_disrupt(self, *kinds: str) -> None:
        self.will += [NetworkFailure(kind) for kind in kinds]

    @property
    def request(self) -> Request:
        """The only request."""
        (request,) = self.requests
        return request

    def _echo(self, request: Request) -> Response:
        body = json.dumps({"method": request.method, "body": request.body.decode("latin-1")})
        return Response(201, {"Content-Type": "application/json"}, body.encode())


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def interceptor(service):
    with Interceptor(service) as interceptor:
        yield interceptor
