"""Twilio's own client for Node, unmodified, in a process of its own.

``tox run -e browser`` installs it and names its folder in TWILIO_NODE.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess

from pathlib import Path

import pytest


FOLDER = Path(os.environ.get("TWILIO_NODE", "nowhere"))

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node"),
    pytest.mark.skipif(
        not FOLDER.joinpath("node_modules", "twilio").is_dir(),
        reason="twilio-node is not in TWILIO_NODE: tox run -e browser installs it",
    ),
]

SCRIPT = """
const client = require("twilio")(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN);
const fs = require("fs");

(async () => {
  for (let number = 0; number < 5; number++) {
    await client.video.v1.rooms.create({ uniqueName: `node-${number}` });
  }
  const rooms = await client.video.v1.rooms.list({ pageSize: 2 });
  const done = await client.video.v1.rooms("node-0").update({ status: "completed" });
  const recordings = await client.video.v1.recordings.list();
  const answer = await client.request({
    method: "get",
    uri: recordings[0].links.media,
    allowRedirects: true,
  });
  let code = null;
  try {
    await client.video.v1.rooms.create({ uniqueName: "node-1" });
  } catch (error) {
    code = error.code;
  }
  console.log(JSON.stringify({
    names: rooms.map((room) => room.uniqueName),
    url: rooms[0].url,
    status: done.status,
    code,
    media: answer.statusCode,
  }));
})().catch((error) => { console.error(error); process.exit(1); });
"""


def test_twilio_node_can_create_list_complete_and_download(fake, server):
    room = fake.rooms.create(record_participants_on_connect=True, unique_name="recorded")
    room.connect("alice").publish("audio")
    room.complete()
    fake.clock.advance(minutes=1)

    done = subprocess.run(
        [shutil.which("node"), "-e", SCRIPT],
        cwd=FOLDER,
        env={**os.environ, **server.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["names"] == [f"node-{number}" for number in (4, 3, 2, 1, 0)]
    assert told["url"] == f"https://video.twilio.com/v1/Rooms/{fake.rooms['node-4'].sid}"
    assert (told["status"], told["code"], told["media"]) == ("completed", 53113, 200)
    assert {call.client for call in fake.calls} == {"server"}
