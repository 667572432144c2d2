"""Django's database during a delivery: the view sees the test's rows over its connection.

The tests run in a process of their own, with pytest-django and its settings.
"""

from __future__ import annotations

import pytest


PROJECT = """
import os
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

SECRET_KEY = "not one"
ROOT_URLCONF = __name__
ALLOWED_HOSTS = ["app.example"]
INSTALLED_APPS = ["django.contrib.contenttypes"]
USE_TZ = True
DATABASES = {"default": {
    "ENGINE": "django.db.backends.sqlite3", "NAME": "db", "TEST": {"NAME": "test_db"},
}}
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
MIDDLEWARE *= os.environ.get("CSRF") == "1"


@csrf_exempt
def hook(request):
    from django.contrib.contenttypes.models import ContentType
    assert ContentType.objects.filter(app_label="from the test").count() == 1
    ContentType.objects.create(app_label="from the hook", model="hook")
    return HttpResponse(status=204)


urlpatterns = [path("hooks", hook)]
"""

TESTS = """
import random, uuid
from datetime import datetime, timezone

import anyio
import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import AsyncClient, Client

from pytest_twilio_video._webhooks.callbacks import Callbacks
from pytest_twilio_video._webhooks.queue import CallbackQueue

TARGETS = {
    "wsgi": get_wsgi_application, "asgi": get_asgi_application,
    "client": Client, "async client": AsyncClient,
}


@pytest.fixture(params=TARGETS)
def callbacks(request):
    queue = CallbackQueue(token=lambda _sid: "12345", new_id=lambda: "an id")
    callbacks = Callbacks(queue)
    callbacks.deliver_to(TARGETS[request.param]())
    queue.put(event="room-created", params={}, url="https://app.example/hooks", method="POST",
              at=datetime.now(timezone.utc), room_sid=None, account_sid="AC")
    yield callbacks
    queue.close()


def see_the_rows_of_each_other(deliver):
    ContentType.objects.create(app_label="from the test", model="test")
    before = connection.connection

    deliver()

    assert connection.connection is before
    assert ContentType.objects.filter(app_label="from the hook").count() == 1


@pytest.mark.django_db
def test_in_a_transaction(callbacks):
    see_the_rows_of_each_other(callbacks.flush)
    assert callbacks[0].response.status_code == 204


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction(callbacks):
    see_the_rows_of_each_other(callbacks.flush)
    assert callbacks[0].response.status_code == 204


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_on_asyncio(callbacks):
    await ContentType.objects.acreate(app_label="from the test", model="test")
    await callbacks.aflush()
    assert callbacks[0].response.status_code == 204
    assert await ContentType.objects.filter(app_label="from the hook").acount() == 1


@pytest.mark.django_db
@pytest.mark.trio
async def test_on_trio(callbacks):
    ContentType.objects.create(app_label="from the test", model="test")
    await callbacks.aflush()
    assert callbacks[0].response.status_code == 204
"""


@pytest.mark.process
def test_the_test_and_the_view_see_the_same_rows_over_one_connection(pytester):
    pytester.makepyfile(project=PROJECT, test_django=TESTS)

    result = pytester.runpytest_subprocess("--ds=project", "-p", "no:randomly")

    result.assert_outcomes(passed=16)
