// Run it beside `fake-twilio-video`, with the environment that the command prints: node --test

const assert = require("node:assert");
const { after, before, beforeEach, test } = require("node:test");
const { createService } = require("./meetings.js");

const fake = `${process.env.HTTPS_PROXY}/_fake`; // the address of the fake
const service = createService();
let url;

const post = (address, body) =>
  fetch(address, { method: "POST", body: JSON.stringify(body ?? {}) });

before(async () => {
  await new Promise((resolve) => service.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${service.address().port}`;
});
after(() => service.close());
beforeEach(() => post(`${fake}/reset`));

test("a meeting that nobody joins is over after five minutes", async () => {
  const body = new URLSearchParams({ name: "retro" });
  const sid = await (await fetch(`${url}/meetings`, { method: "POST", body })).text();
  assert.equal(await (await fetch(`${url}/meetings/${sid}`)).text(), "on");

  await post(`${fake}/clock/advance`, { minutes: 5 });

  assert.equal(await (await fetch(`${url}/meetings/${sid}`)).text(), "over");
});
