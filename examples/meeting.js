// Opens a meeting with Twilio's own client for Node, which knows nothing of a fake:
//
//   node meeting.js standup
//
// With the environment of `twilio_video_server`, https://video.twilio.com is the fake.

const twilio = require("twilio");

const client = twilio(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN);

async function open(name) {
  const room = await client.video.v1.rooms.create({ uniqueName: name, maxParticipants: 5 });
  const open = await client.video.v1.rooms.list({ status: "in-progress" });
  return { sid: room.sid, open: open.map((each) => each.uniqueName) };
}

open(process.argv[2])
  .then((meeting) => console.log(JSON.stringify(meeting)))
  .catch((error) => {
    console.error(`${error.code}: ${error.message}`);
    process.exit(1);
  });
