// `attach` runs this script in a page before anything else. Then Twilio's SDK connects to the fake
// instead of Twilio, and gets the participants and media that the test arranged.
(() => {
  "use strict";
  const SERVER = "SERVER_URL"; // ws://127.0.0.1:PORT
  const PATHS = ["/signaling", "/v1/VideoEvents"];
  const Real = globalThis.WebSocket;
  if (!Real || Real.useFakeTwilioVideo) {
    // A browser that was attached to several servers runs several scripts. The last one counts.
    Real?.useFakeTwilioVideo(SERVER);
    return;
  }
  let server = SERVER;
  const loopbacks = new Map(); // by session

  // Tell the test why something cannot work. It shows if the test fails.
  function hint(text) {
    console.warn(`fake Twilio Video: ${text}`);
    new Real(`${server}/signaling?hint=${encodeURIComponent(text)}`);
  }

  const ARGS = "start Chromium with twilio_video_server.chromium_args";
  if (location.protocol === "http:" && !isSecureContext) {
    const text =
      `${location.origin} is not a secure context, so the page has no camera and no microphone: ` +
      "serve it from http://localhost or over https";
    setTimeout(() => hint(text)); // Another script may name another server.
  }
  const devices = navigator.mediaDevices;
  if (devices?.getUserMedia) {
    const real = devices.getUserMedia.bind(devices);
    devices.getUserMedia = (...constraints) =>
      real(...constraints).catch((error) => {
        hint(`the page got no camera or microphone (${error.name}): ${ARGS}`);
        throw error;
      });
  }

  class FakeTwilioVideoSocket extends Real {
    static useFakeTwilioVideo(url) {
      server = url;
    }

    #loopback = null;
    #isSignaling = false;

    constructor(url, ...rest) {
      const path = pathAtTwilio(url);
      super(path ? `${server}${path}?attached` : url, ...rest);
      if (path === PATHS[0]) {
        this.#isSignaling = true;
        // It comes first: the SDK has had no chance to add a listener yet.
        this.addEventListener("message", (event) => this.#hear(event));
      }
    }

    send(data) {
      super.send(this.#isSignaling ? this.#said(data) : data);
    }

    #hear(event) {
      if (event.isOfFake) {
        return;
      }
      const frame = JSON.parse(event.data);
      const type = frame.type === "msg" ? frame.body.type : frame.type;
      if (type === "msp") {
        event.stopImmediatePropagation();
        this.#loopback?.hearServer(frame);
      } else if (type === "connected") {
        const loopback = new Loopback(frame.body.media_signaling ?? {});
        this.#loopback = loopback;
        loopbacks.set(frame.body.session, loopback);
        setTimeout(() => loopback.use(this));
      } else if (type === "synced" && this.#loopback) {
        const loopback = this.#loopback;
        event.stopImmediatePropagation();
        frame.body.peer_connections.push({ id: loopback.id }); // Otherwise the SDK closes it.
        this.inject(frame); // After that, the SDK takes updates.
        loopback.use(this);
      } else if (type === "disconnected" || type === "error") {
        this.#loopback?.close();
      }
    }

    // Return what to pass on to the server when the SDK sends *data*.
    #said(data) {
      const frame = JSON.parse(data);
      const body = frame.body;
      if (body?.type === "sync") {
        this.#loopback = loopbacks.get(body.session) ?? null;
      } else if (body?.type === "disconnect") {
        this.#loopback?.close();
      }
      const loopback = this.#loopback;
      if (!loopback || !body?.peer_connections) {
        return data;
      }
      for (const state of body.peer_connections.filter(({ id }) => id === loopback.id)) {
        loopback.hearSdk(state);
      }
      body.peer_connections = body.peer_connections.filter(({ id }) => id !== loopback.id);
      return JSON.stringify(frame);
    }

    inject(frame) {
      const event = new MessageEvent("message", { data: JSON.stringify(frame) });
      event.isOfFake = true;
      this.dispatchEvent(event);
    }

    tellServer(frame) {
      if (this.readyState === Real.OPEN) {
        super.send(JSON.stringify({ type: "msp", ...frame }));
      }
    }
  }

  function pathAtTwilio(url) {
    let at;
    try {
      at = new URL(url, location.href);
    } catch {
      return null;
    }
    const isOurs = /(^|\.)twilio\.com$/.test(at.hostname) || `ws://${at.host}` === server;
    return isOurs && PATHS.includes(at.pathname) ? at.pathname : null;
  }

  // The other end of one of the SDK's peer connections, in the same page. It sends what Twilio's
  // media servers would send.
  class Loopback {
    constructor(channels) {
      this.id = `loopback-${crypto.randomUUID?.() ?? Math.random()}`;
      this.socket = null;
      this.tracks = new Map(); // the tracks that are sent, by the ID from the server
      this.channels = new Map(); // media signaling, by name
      this.peer = new RTCPeerConnection();
      this.peer.ondatachannel = ({ channel }) => this.listen(channel);
      this.revision = 0;
      this.mustOffer = true;
      this.iceUsed = new Map(); // how many candidates were added, by ufrag
      this.ice = null;
      this.work = Promise.resolve();
      this.peer.createDataChannel("loopback");
      for (const name of Object.keys(channels)) {
        this.channels.set(name, new Channel(this, name));
      }
    }

    // Send and receive over this socket from now on. The SDK may not have received what was
    // described over the last one. It ignores what it knows.
    use(socket) {
      this.socket = socket;
      this.then(async () => {
        if (this.peer.localDescription) {
          await this.describe();
        }
        await this.offer();
      });
    }

    then(step) {
      this.work = this.work.then(step).catch((error) => {
        if (this.peer.signalingState !== "closed") {
          console.warn("fake Twilio Video:", error);
        }
      });
    }

    close() {
      for (const track of this.tracks.values()) {
        track.stop();
      }
      this.tracks.clear();
      this.peer.close();
    }

    hearServer({ channel, ...frame }) {
      if (channel === "tracks") {
        this.then(() => this.send(frame.tracks));
      } else if (channel === "data") {
        this.then(() => this.tracks.get(frame.track)?.say(decoded(frame)));
      } else {
        this.channels.get(channel)?.tell(frame.message, frame.is_state);
      }
    }

    // Send exactly these tracks.
    async send(wanted) {
      for (const [id, track] of this.tracks) {
        if (!wanted.some((each) => each.id === id)) {
          track.stop();
          this.tracks.delete(id);
          this.mustOffer = true;
        }
      }
      for (const each of wanted) {
        if (!this.tracks.has(each.id)) {
          this.tracks.set(each.id, new SOURCES[each.kind](this.peer, each));
          this.mustOffer = true;
        }
        this.tracks.get(each.id).enable(each.enabled);
      }
      await this.offer();
    }

    async offer() {
      if (!this.mustOffer || !this.socket || this.peer.signalingState !== "stable") {
        return;
      }
      this.mustOffer = false;
      await this.peer.setLocalDescription(await this.peer.createOffer());
      this.revision += 1;
      await this.describe();
    }

    async describe() {
      await gathered(this.peer);
      let { type, sdp } = this.peer.localDescription;
      for (const [id, { track }] of this.tracks) {
        sdp = track ? sdp.replaceAll(track.id, id) : sdp;
      }
      if (!sdp.includes("a=candidate")) {
        hint(`the page finds no network for media, not even loopback: ${ARGS}`);
      }
      const description = { type, revision: this.revision, sdp };
      const state = { id: this.id, description };
      this.socket.inject({
        type: "msg",
        body: { type: "update", version: 2, peer_connections: [state] },
      });
    }

    hearSdk({ description, ice }) {
      if (description) {
        this.then(() => this.take(description));
      }
      if (ice) {
        this.then(() => {
          this.ice = ice;
          return this.addIce();
        });
      }
    }

    async take(description) {
      const { type, revision, sdp } = description;
      const isOpen = this.peer.signalingState === "have-local-offer";
      if (type === "answer" && isOpen && revision === this.revision) {
        await this.peer.setRemoteDescription({ type, sdp });
        await this.addIce();
        await this.offer();
      } else if (type === "offer" && !isOpen && revision > this.revision) {
        // While our own offer is open, the SDK withdraws its own offer and repeats it later.
        this.revision = revision;
        await this.peer.setRemoteDescription({ type, sdp });
        this.refuseMedia();
        await this.addIce();
        await this.peer.setLocalDescription(await this.peer.createAnswer());
        await this.describe();
        await this.offer();
      }
    }

    // The page's own video is not needed here.
    refuseMedia() {
      const ours = new Set([...this.tracks.values()].map(({ transceiver }) => transceiver));
      for (const transceiver of this.peer.getTransceivers()) {
        if (!ours.has(transceiver) && transceiver.direction !== "stopped") {
          transceiver.direction = "inactive";
        }
      }
    }

    async addIce() {
      if (!this.ice || !this.peer.remoteDescription) {
        return;
      }
      const { candidates = [], ufrag } = this.ice;
      const used = this.iceUsed.get(ufrag) ?? 0;
      this.iceUsed.set(ufrag, candidates.length);
      for (const candidate of candidates.slice(used)) {
        await this.peer.addIceCandidate(candidate);
      }
    }

    // Receive messages of a data track of the page.
    listen(channel) {
      channel.binaryType = "arraybuffer";
      channel.onmessage = ({ data }) => {
        this.socket?.tellServer({ channel: "data", track: channel.label, ...encoded(data) });
      };
    }
  }

  // Media signaling of one name.
  class Channel {
    constructor(loopback, name) {
      this.name = name;
      this.last = null; // the state to send again when the SDK is ready, or asks
      this.early = [];
      this.isReady = false;
      this.channel = loopback.peer.createDataChannel(name);
      this.channel.onmessage = ({ data }) => this.hear(JSON.parse(data));
    }

    // Send the SDK a state, which is repeated when the SDK asks, or a message, which is not.
    tell(message, isState) {
      if (isState) {
        this.last = message;
      }
      if (this.isReady) {
        this.channel.send(JSON.stringify(message));
      } else if (!isState) {
        this.early.push(message);
      }
    }

    hear(message) {
      if (message.type === "ready") {
        this.isReady = true; // The SDK would not receive anything that was sent before.
        for (const early of this.early.splice(0)) {
          this.channel.send(JSON.stringify(early));
        }
      }
      if (message.type === "render_hints") {
        const { id, hints } = message.subscriber;
        const done = hints.map(({ track }) => ({ track, result: "OK" }));
        this.tell({ type: "render_hints", subscriber: { id, hints: done } });
      } else if (this.last && ["ready", "network_quality"].includes(message.type)) {
        this.channel.send(JSON.stringify(this.last));
      }
    }
  }

  class Media {
    constructor(peer, track) {
      this.track = track;
      this.transceiver = peer.addTransceiver(track, { direction: "sendonly" });
    }

    enable(isEnabled) {
      this.track.enabled = isEnabled;
    }

    stop() {
      this.track.stop();
      this.transceiver.sender.replaceTrack(null);
      this.transceiver.direction = "inactive";
    }
  }

  // A picture that moves: a name and a counter, in a color of its own.
  class Picture extends Media {
    constructor(peer, { identity }) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [320, 240];
      const context = canvas.getContext("2d");
      const hue = [...identity].reduce((sum, letter) => sum + letter.codePointAt(0) * 47, 0) % 360;
      let count = 0;
      const draw = () => {
        context.fillStyle = `hsl(${hue} 60% 40%)`;
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.fillStyle = "white";
        context.textAlign = "center";
        context.font = "28px sans-serif";
        context.fillText(identity, canvas.width / 2, 110, canvas.width - 20);
        context.fillText(String(count), canvas.width / 2, 160);
        count += 1;
      };
      draw();
      super(peer, canvas.captureStream(10).getVideoTracks()[0]);
      this.timer = setInterval(draw, 100);
    }

    stop() {
      clearInterval(this.timer);
      super.stop();
    }
  }

  let audio = null; // A page can have few audio contexts.

  // A quiet tone.
  class Tone extends Media {
    constructor(peer, { identity }) {
      audio ??= new AudioContext();
      audio.resume();
      setTimeout(() => {
        if (audio.state !== "running") {
          hint(`the page may not play sound before a click: ${ARGS}`);
        }
      }, 1000);
      const oscillator = audio.createOscillator();
      const gain = audio.createGain();
      const end = audio.createMediaStreamDestination();
      oscillator.frequency.value = 220 + 20 * (identity.length % 12);
      gain.gain.value = 0.05;
      oscillator.connect(gain).connect(end);
      oscillator.start();
      super(peer, end.stream.getAudioTracks()[0]);
      this.oscillator = oscillator;
    }

    stop() {
      this.oscillator.stop();
      super.stop();
    }
  }

  class Data {
    constructor(peer, { id }) {
      this.early = [];
      this.channel = peer.createDataChannel(id);
      this.isStopped = false;
      this.channel.onopen = () => {
        this.early.splice(0).forEach((data) => this.channel.send(data));
        if (this.isStopped) {
          this.channel.close();
        }
      };
    }

    enable() {}

    say(data) {
      if (this.channel.readyState === "open") {
        this.channel.send(data);
      } else {
        this.early.push(data);
      }
    }

    stop() {
      if (this.early.length) {
        this.isStopped = true; // It closes when these are sent.
      } else {
        this.channel.close();
      }
    }
  }

  const SOURCES = { audio: Tone, video: Picture, data: Data };

  function gathered(peer) {
    return new Promise((resolve) => {
      const look = () => {
        if (peer.iceGatheringState === "complete") {
          resolve();
        }
      };
      peer.addEventListener("icegatheringstatechange", look);
      look();
    });
  }

  const CHUNK = 8192; // A function takes only so many arguments.

  function encoded(data) {
    if (typeof data === "string") {
      return { text: data };
    }
    const bytes = new Uint8Array(data);
    let letters = "";
    for (let at = 0; at < bytes.length; at += CHUNK) {
      letters += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
    }
    return { base64: btoa(letters) };
  }

  function decoded({ text, base64 }) {
    return text ?? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  }

  globalThis.WebSocket = FakeTwilioVideoSocket;
})();
