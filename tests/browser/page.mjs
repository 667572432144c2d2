// The script for pages, in Node: with sockets and peer connections that do what the test says.
// It is called with the path of the script and the name of a case, and prints a JSON text.
import { readFileSync } from "node:fs";

const [path, name] = process.argv.slice(2);
const script = readFileSync(path, "utf8");
const SIGNALING = "wss://global.vss.twilio.com/signaling";

class Socket extends EventTarget {
  static OPEN = 1;
  static all = [];
  readyState = 1;
  sent = [];

  constructor(url) {
    super();
    this.url = String(url);
    Socket.all.push(this);
  }

  send(data) {
    this.sent.push(JSON.parse(data));
  }

  hear(frame) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
}

const peers = [];

class Peer extends EventTarget {
  signalingState = "stable";
  iceGatheringState = "new";
  localDescription = null;
  remoteDescription = null;

  constructor() {
    super();
    peers.push(this);
  }

  createDataChannel() {
    return { close() {} };
  }

  getTransceivers() {
    return [];
  }

  async createOffer() {
    return { type: "offer", sdp: "a=candidate" };
  }

  async createAnswer() {
    return { type: "answer", sdp: "a=candidate" };
  }

  async setLocalDescription(description) {
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
  }

  async setRemoteDescription(description) {
    this.remoteDescription = description;
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
  }

  gather() {
    this.iceGatheringState = "complete";
    this.dispatchEvent(new Event("icegatheringstatechange"));
  }

  close() {}
}

globalThis.WebSocket = Socket;
globalThis.RTCPeerConnection = Peer;
globalThis.location = { protocol: "https:", href: "https://app.example/" };
globalThis.isSecureContext = true;
Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });

function run(server) {
  (0, eval)(script.replace("SERVER_URL", server));
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

// A socket of the SDK, with what the SDK gets of a peer connection: nothing once it has closed.
function open() {
  const socket = new WebSocket(SIGNALING);
  socket.got = [];
  socket.addEventListener("message", ({ data }) => {
    for (const { description } of JSON.parse(data).body?.peer_connections ?? []) {
      if (description && socket.readyState === Socket.OPEN) {
        socket.got.push([description.type, description.revision]);
      }
    }
  });
  return socket;
}

function tell(socket, body) {
  socket.hear({ type: "msg", body });
}

function describe(socket, id, type, revision) {
  const state = { id, description: { type, revision, sdp: "" } };
  socket.send(JSON.stringify({ type: "msg", body: { type: "update", peer_connections: [state] } }));
}

async function join() {
  const socket = open();
  tell(socket, { type: "connected", session: "x", media_signaling: {}, peer_connections: [] });
  await turn();
  return socket;
}

// Join, and answer the first offer. Return the socket, and the id of the peer connection.
async function meet() {
  const socket = await join();
  let id;
  socket.addEventListener("message", ({ data }) => (id = JSON.parse(data).body.peer_connections[0].id));
  peers[0].gather();
  await turn();
  describe(socket, id, "answer", 1);
  await turn();
  return [socket, id];
}

// Return on another socket. What follows may come before the next turn.
function comeBack() {
  const socket = open();
  const body = { type: "sync", session: "x", peer_connections: [] };
  socket.send(JSON.stringify({ type: "hello", body }));
  tell(socket, { type: "synced", peer_connections: [] });
  return socket;
}

const CASES = {
  async "an offer is lost"() {
    const first = await join();
    first.readyState = 3;
    peers[0].gather();
    await turn();
    const second = comeBack();
    await turn();
    return { first: first.got, second: second.got };
  },

  async "an answer is lost"() {
    const [first, id] = await meet();
    peers[0].iceGatheringState = "new";
    describe(first, id, "offer", 2);
    await turn();
    first.readyState = 3;
    peers[0].gather();
    await turn();
    const second = comeBack();
    await turn();
    return { first: first.got, second: second.got };
  },

  async "a track comes right after the return"() {
    const [first] = await meet();
    first.readyState = 3;
    const second = comeBack();
    const track = { id: "MT1", kind: "data", enabled: true, identity: "bob" };
    second.hear({ type: "msp", channel: "tracks", tracks: [track] });
    await turn();
    return { second: second.got };
  },

  async "large data"() {
    const socket = await join();
    const data = new Uint8Array(262_144).map((_, index) => index % 251);
    const channel = { label: "x" };
    peers[0].ondatachannel({ channel });
    channel.onmessage({ data: data.buffer });
    const [frame] = socket.sent;
    const bytes = Buffer.from(frame.base64, "base64");
    return { length: bytes.length, isSame: Buffer.compare(bytes, Buffer.from(data)) === 0 };
  },

  async "two servers"() {
    run("ws://127.0.0.1:2");
    new WebSocket(SIGNALING);
    new WebSocket("wss://app.example/socket");
    return { urls: Socket.all.map(({ url }) => url) };
  },
};

run("ws://127.0.0.1:1");
console.log(JSON.stringify(await CASES[name]()));
process.exit(0);
