// A service that opens rooms with Twilio's own client, and learns from webhooks when they are over.

const http = require("node:http");
const twilio = require("twilio");

function createService() {
  const over = new Set();
  return http.createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const params = Object.fromEntries(new URLSearchParams(body));
    const own = `http://${request.headers.host}`;
    if (request.method === "POST" && request.url === "/meetings") {
      const client = twilio(process.env.TWILIO_ACCOUNT_SID, process.env.TWILIO_AUTH_TOKEN);
      const room = await client.video.v1.rooms.create({
        uniqueName: params.name,
        statusCallback: `${own}/twilio`,
      });
      response.end(room.sid);
    } else if (request.url === "/twilio") {
      const signature = request.headers["x-twilio-signature"] ?? "";
      const token = process.env.TWILIO_AUTH_TOKEN;
      if (!twilio.validateRequest(token, signature, `${own}/twilio`, params)) {
        response.statusCode = 403;
      } else if (params.StatusCallbackEvent === "room-ended") {
        over.add(params.RoomSid);
      }
      response.end();
    } else {
      response.end(over.has(request.url.split("/").at(-1)) ? "over" : "on");
    }
  });
}

module.exports = { createService };
