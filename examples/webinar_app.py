"""Webinars: a web server and a worker, each a process of its own, with a queue between them.

The web server runs under gunicorn: ``gunicorn webinar_app:app``. The worker is started by
``python webinar_app.py``. Both find the queue in the file that ``WEBINARS`` names.
"""

import os
import sqlite3
import time

from contextlib import closing

from flask import Flask, abort, request
from twilio.request_validator import RequestValidator
from twilio.rest import Client


app = Flask(__name__)


def twilio() -> Client:
    """Return Twilio's own client, which knows nothing of a fake."""
    return Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])


def do(statement: str, *values: str) -> list[tuple[str, ...]]:
    """Execute *statement* in the database that both processes share."""
    with closing(sqlite3.connect(os.environ["WEBINARS"], timeout=10)) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS jobs (room TEXT)")
        database.execute("CREATE TABLE IF NOT EXISTS ended (room TEXT)")
        return database.execute(statement, values).fetchall()


@app.post("/webinars/<name>")
def begin(name: str) -> tuple[str, int]:
    """Open a room, and ask Twilio for a callback when it ends."""
    hook = os.environ["WEBINARS_URL"] + "/hook"
    room = twilio().video.v1.rooms.create(unique_name=name, status_callback=hook)
    return room.sid, 201


@app.delete("/webinars/<name>")
def end(name: str) -> tuple[str, int]:
    """Leave the work to the worker."""
    do("INSERT INTO jobs VALUES (?)", name)
    return "", 202


@app.post("/hook")
def hook() -> tuple[str, int]:
    """Record that a webinar has ended."""
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    signature = request.headers.get("X-Twilio-Signature", "")
    if not validator.validate(request.url, request.form, signature):
        abort(403)
    if request.form["StatusCallbackEvent"] == "room-ended":
        do("INSERT INTO ended VALUES (?)", request.form["RoomName"])
    return "", 204


@app.get("/webinars/<name>")
def status(name: str) -> str:
    """Return whether a webinar has ended."""
    return "over" if do("SELECT room FROM ended WHERE room = ?", name) else "on"


def work() -> None:
    """End the rooms that are in the queue, one after another."""
    while True:
        for (name,) in do("DELETE FROM jobs RETURNING room"):
            twilio().video.v1.rooms(name).update(status="completed")
        time.sleep(0.02)


if __name__ == "__main__":
    work()
