// The console. It shows what `_fake/watch` sends, and each control is a request of the control API.

Object.assign(WORDS, { action: "actions", open: "until now" });

const byId = (id) => document.getElementById(id);
const MOST_SHOWN = 200; // callbacks, and lines of the log
// How many rooms are unfolded by themselves: the latest ones, and few where the rest is below them.
const mostOpened = () => innerWidth > 900 ? 10 : 3;
const MOST_ENDED = 30; // ended rooms that are listed without being asked for
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const account = { rooms: new Map(), callbacks: new Map(), log: [], latest: new Map(), news: null, at: 0, lines: 0 };
const opened = new Set(), closed = new Set(); // the rooms that somebody unfolded, or works in, and those that were folded
let latest = new Set();

// What an action is in Python, and as a request.

function literal(value) {
  if (value === true) return "True";
  if (!Array.isArray(value)) return JSON.stringify(value);
  return `(${value.map(literal).join(", ")}${value.length === 1 ? "," : ""})`;
}

function keywords(values) {
  return Object.entries(values).map(([name, value]) => `${name}=${literal(value)}`);
}

function segment(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
}

function curl({ path, body }) {
  const { href: url } = new URL(`_fake/${path}`, location); // The console may be below a path.
  return body ? `curl -d '${JSON.stringify(body).replaceAll("'", "'\\''")}' ${url}` : `curl -X POST ${url}`;
}

// A name is how others refer to a resource, unless a later one has it or a path cannot hold it.
function key(name, id, isLatest) {
  return isLatest && !name.includes("/") && name !== "." && name !== ".." ? name : id;
}

function thing(above, python, path, name) {
  return { python: `${above.python}${python}[${literal(name)}]`, path: `${above.path}${path}${segment(name)}` };
}

const FAKE = { python: "twilio_video", path: "" };

function roomThing(room) {
  return thing(FAKE, ".rooms", "rooms/", key(room.name, room.id, account.latest.get(room.name) === room.id));
}

function personThing(room, person) {
  const last = room.participants.findLast((each) => each.identity === person.identity);
  return thing(roomThing(room), ".participants", "/participants/", key(person.identity, person.id, last === person));
}

function trackThing(room, person, track) {
  const isLatest = !UUID.test(track.name) && person.tracks.findLast((each) => each.name === track.name) === track;
  return thing(personThing(room, person), ".published_tracks", "/tracks/", key(track.name, track.id, isLatest));
}

function step(above, method, path, body) {
  return { python: `${above.python}.${method}`, path: `${above.path}${path}`, body };
}

// The panel that shows it, for the control that has the focus or is under the pointer.

const does = new WeakMap(); // what a control or a form does: a function that returns an action
let explained = null;

function showCode(target) {
  let node = target;
  while (node && !does.has(node)) node = node.parentElement;
  if (node) explained = node;
  if (!explained?.isConnected) return;
  const action = does.get(explained)();
  for (const [id, text] of [["python", action.python], ["curl", curl(action)]]) {
    if (byId(id).textContent !== text) byId(id).textContent = text;
  }
}

for (const kind of ["focusin", "pointerover", "input"]) addEventListener(kind, (event) => showCode(event.target));

for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = !navigator.clipboard; // a page without TLS has none, except on this machine
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(byId(button.dataset.copies).textContent);
    say("Copied");
  });
}

// Doing it.

const busy = new WeakSet();

async function perform(control, place, make, done = () => {}) {
  if (busy.has(control)) return; // it is on its way
  busy.add(control);
  complain(place, "");
  try {
    const { path, body } = make();
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(`_fake/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await response.text(), answer = text ? JSON.parse(text) : {};
    if (response.ok) say(`${nameOfControl(control)}: ${done(answer) ?? "done"}`);
    else complain(place, answer.error ?? `The server answers ${response.status}.`);
  } catch (error) {
    complain(place, `The server does not answer: ${error.message}`);
  } finally {
    busy.delete(control);
  }
}

function nameOfControl(control) {
  return control.getAttribute("aria-label") ?? control.textContent;
}

// An error stands where it was caused. An alert is read out when it appears.
let errors = 0;

function complain(place, text) {
  let shown = place.querySelector(":scope > .error");
  if (!shown && text) place.append(shown = element("p", { class: "error", role: "alert", id: `error-${errors += 1}` }));
  if (shown) shown.textContent = text;
  if (shown) for (const input of place.querySelectorAll(":scope > .fields input")) input.setAttribute("aria-describedby", shown.id);
}

function say(text) {
  byId("status").textContent = text;
  lastSaid = performance.now();
}

function button(words, label, make, place, done) {
  const node = element("button", { type: "button" });
  setButton(node, words, label);
  does.set(node, make);
  node.addEventListener("click", () => perform(node, place(), make, done));
  return node;
}

function setButton(node, words, label) {
  if (node.textContent !== words) node.textContent = words;
  if (label !== words) node.setAttribute("aria-label", label);
}

function form(node, submit, make, done) {
  does.set(node, make);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    perform(submit, node, make, done);
  });
}

// Lists whose elements stay while they are updated, so that the focus stays as well.

function keep(list, items, make) {
  const known = list.known ??= new Map(), ids = new Set(items.map(({ id }) => id));
  for (const [id, node] of known) {
    if (ids.has(id)) continue;
    known.delete(id);
    if (node.parentElement === list) remove(node);
  }
  let place = list.firstElementChild;
  for (const item of items) {
    let node = known.get(item.id);
    if (!node) known.set(item.id, node = make(item));
    if (node === place) place = place.nextElementSibling;
    else move(node, () => list.insertBefore(node, place));
    if (node.item !== item) node.update(item);
    node.item = item;
  }
}

function move(node, act) {
  const focused = document.activeElement, had = node.contains(focused);
  act();
  if (had) focused.focus({ preventScroll: true });
}

function remove(node) {
  const had = node.contains(document.activeElement);
  const next = node.nextElementSibling ?? node.previousElementSibling, room = node.parentElement.closest(".room");
  node.remove();
  if (had) (next?.querySelector("button") ?? room?.querySelector("input") ?? room?.querySelector("button") ?? byId("room-name")).focus({ preventScroll: true });
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A room.

function short(text) {
  return text.replace(/\b([A-Z]{2}[0-9a-f]{8})[0-9a-f]{24}\b/g, "$1…");
}

function timeOf(at) {
  return at.slice(11, 19);
}

function roomCard(first) {
  let room = first;
  const id = `room-${room.id}`;
  const toggle = element("button", { type: "button", class: "toggle", id, "aria-expanded": "false" });
  const words = element("span"), sid = element("code", {}, room.id), meta = element("p", { class: "meta" }, words, sid);
  const card = element("article", { class: "card room", "aria-labelledby": id });
  const complete = button("Complete", `Complete ${room.name}`, () => step(roomThing(room), "complete()", "/complete"), () => card);
  const body = element("div", { class: "body" });
  card.append(element("h3", {}, toggle), meta);
  toggle.addEventListener("click", () => {
    const wasUnfolded = isUnfolded();
    for (const each of [opened, closed]) each.delete(room.id);
    (wasUnfolded ? closed : opened).add(room.id);
    card.update(room);
  });
  body.addEventListener("focusin", () => opened.add(room.id));
  const isUnfolded = () => opened.has(room.id) || (latest.has(room.id) && !closed.has(room.id));
  card.update = (next) => {
    room = next;
    const isOpen = room.status === "in-progress";
    if (!isOpen && !card.classList.contains("over") && !card.contains(document.activeElement)) opened.delete(room.id);
    setText(toggle, room.name);
    setText(words, metaOf(room));
    card.fold();
    card.classList.toggle("over", !isOpen);
    if (isOpen && !complete.isConnected) meta.after(complete);
    if (!isOpen && complete.isConnected) {
      const had = complete === document.activeElement;
      complete.remove();
      if (had) toggle.focus({ preventScroll: true });
    }
  };
  card.fold = () => {
    const is = isUnfolded();
    toggle.setAttribute("aria-expanded", is);
    card.classList.toggle("unfolded", is);
    sid.hidden = !is;
    if (is) {
      body.update ??= fill(body, room);
      if (!body.isConnected) card.append(body);
      body.update(room);
    } else if (body.isConnected) {
      body.remove();
    }
  };
  return card;
}

function metaOf({ status, created, ended, participants }) {
  const here = participants.filter((each) => each.status !== "disconnected").length;
  if (status === "in-progress") return `${count(here, "person").replace("persons", "people")} · since ${timeOf(created)}`;
  return `${status} · ${timeOf(created)} to ${timeOf(ended ?? created)}, ${span(Date.parse(ended ?? created) - Date.parse(created))}`;
}

function fill(body, first) {
  let room = first;
  const people = element("div", { class: "people" });
  const gone = element("p", { class: "gone" }), media = element("ul", { class: "media" });
  const join = joinForm(() => room);
  body.append(people, gone, media);
  return (next) => {
    room = next;
    const isOpen = room.status === "in-progress";
    const here = room.participants.filter((each) => each.status !== "disconnected");
    const left = room.participants.filter((each) => each.status === "disconnected");
    keep(people, here, (person) => personItem(person, () => room));
    const names = left.slice(-20).map(({ identity, error }) => error ? `${identity} (${error})` : identity);
    setText(gone, left.length ? `Left: ${names.join(", ")}${left.length > 20 ? ` and ${left.length - 20} earlier` : ""}` : "");
    keep(media, [...room.recordings, ...room.compositions], mediaItem);
    if (isOpen && !join.isConnected) body.append(join);
    if (!isOpen && join.isConnected) remove(join);
  };
}

function joinForm(room) {
  const identity = element("input", { spellcheck: "false", placeholder: "made up if empty" });
  const ticks = ["audio", "video"].map((kind) => [kind, element("input", { type: "checkbox" })]);
  const submit = element("button", { class: "main", "aria-label": `Join ${room().name}` }, "Join");
  const node = element("form", { class: "join", novalidate: "", autocomplete: "off" },
    element("div", { class: "fields" },
      element("label", { class: "wide" }, element("span", {}, "Identity"), identity),
      ...ticks.map(([kind, tick]) => element("label", { class: "tick" }, tick, element("span", {}, kind))),
      submit));
  form(node, submit, () => {
    const tracks = ticks.filter(([, tick]) => tick.checked).map(([kind]) => kind);
    const body = { ...(identity.value && { identity: identity.value }), ...(tracks.length && { tracks }) };
    const words = [...(identity.value ? [literal(identity.value)] : []), ...(tracks.length ? keywords({ tracks }) : [])];
    return step(roomThing(room()), `connect(${words.join(", ")})`, "/participants", body);
  }, (answer) => {
    identity.value = "";
    return `${answer.identity} has joined`;
  });
  return node;
}

// A participant, and the tracks.

function personItem(first, room) {
  let person = first;
  const node = element("div", { role: "group", "aria-label": person.identity, class: "person" });
  const state = element("span", { class: "meta" }), tracks = element("ul", { class: "tracks" });
  const here = () => node;
  const act = (method, path) => step(personThing(room(), person), method, path);
  const isAway = () => person.status === "reconnecting";
  const network = button("Drop network", `Drop network ${person.identity}`,
    () => isAway() ? act("resume()", "/resume") : act("drop_network()", "/drop_network"), here);
  const leave = button("Leave", `Leave ${person.identity}`, () => act("disconnect()", "/disconnect"), here);
  const publish = ["audio", "video", "data"].map((kind) => button(kind, `Publish ${kind}`,
    () => step(personThing(room(), person), `publish(${literal(kind)})`, "/tracks", { kind }), here));
  node.append(
    element("div", { class: "line" }, element("span", { class: "who" }, person.identity), state,
      element("span", { class: "buttons" }, network, leave)),
    tracks,
    element("div", { class: "line" }, element("span", { class: "joined quiet" }, element("span", {}, "Publish"), ...publish)));
  node.update = (next) => {
    person = next;
    node.classList.toggle("away", isAway());
    setText(state, isAway() ? "reconnecting" : `since ${timeOf(person.joined)}`);
    setButton(network, isAway() ? "Resume" : "Drop network", `${isAway() ? "Resume" : "Drop network"} ${person.identity}`);
    keep(tracks, named(person.tracks), (track) => trackItem(track, room, () => person, here));
  };
  return node;
}

// A track that its client gave no name is called by its kind.
function named(tracks) {
  const times = new Map();
  return tracks.map((track) => {
    const name = UUID.test(track.name) ? track.kind : track.name;
    times.set(name, (times.get(name) ?? 0) + 1);
    return { ...track, label: times.get(name) > 1 ? `${name} ${times.get(name)}` : name };
  });
}

function trackItem(first, room, person, place) {
  let track = first;
  const node = element("li", {}), name = element("span", { class: "track" });
  const find = () => person().tracks.find(({ id }) => id === track.id) ?? track;
  const act = (method, path) => step(trackThing(room(), person(), find()), method, path);
  const mute = button("Mute", `Mute ${track.label}`, () => track.enabled ? act("disable()", "/disable") : act("enable()", "/enable"), place);
  const unpublish = button("Unpublish", `Unpublish ${track.label}`, () => act("unpublish()", "/unpublish"), place);
  node.append(element("span", { class: `swatch ${track.kind}` }), name, mute, unpublish);
  node.update = (next) => {
    track = next;
    node.classList.toggle("silent", !track.enabled);
    setText(name, track.enabled ? track.label : `${track.label}, muted`);
    setButton(mute, track.enabled ? "Mute" : "Unmute", `${track.enabled ? "Mute" : "Unmute"} ${track.label}`);
    setButton(unpublish, "Unpublish", `Unpublish ${track.label}`);
  };
  return node;
}

function mediaItem({ id }) {
  const words = element("span"), node = element("li", {}, element("span", { class: `swatch ${id.startsWith("RT") ? "recording" : "composition"}` }), words);
  node.update = ({ what, status, duration }) => {
    const kind = id.startsWith("RT") ? "recording" : "composition";
    setText(words, `${kind}, ${what}: ${status}${duration ? `, ${span(duration * 1000)}` : ""}`);
  };
  return node;
}

// Callbacks, the log, timers and faults.

function callbackItem() {
  const badge = element("span", { class: "badge" }), what = element("b"), about = element("span", { class: "about" });
  const time = element("time"), details = element("details"), note = element("p", { class: "note" });
  details.append(element("summary", {}, time, " ", badge, " ", element("span", {}, what, " ", about)));
  const node = element("li", {}, details, note);
  let callback;
  const fillDetails = () => {
    const rows = [["to", `${callback.method} ${callback.url}`], ["attempts", callback.attempts], ...Object.entries(callback.params)];
    const list = element("dl", {}, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
    details.querySelector("dl")?.remove();
    details.append(list);
  };
  details.addEventListener("toggle", () => { if (details.open) fillDetails(); });
  node.update = (next) => {
    callback = next;
    const { status_code: status, attempts, params } = callback;
    const isGood = status >= 200 && status < 300, isWaiting = status === null && attempts === 0;
    setText(badge, status === null ? (isWaiting ? "waiting" : "failed") : String(status));
    badge.className = `badge ${isGood ? "good" : isWaiting ? "idle" : "bad"}`;
    setText(time, timeOf(callback.at));
    setText(what, callback.event);
    const subject = [params.TrackKind, params.ParticipantIdentity].filter(Boolean).join(" of ");
    setText(about, [subject, params.RoomName].filter(Boolean).join(" in "));
    setText(note, callback.problem ?? "");
    note.className = `note ${isWaiting ? "" : "bad"}`;
    if (details.open) fillDetails();
  };
  return node;
}

function logItem() {
  const node = element("li");
  node.update = ({ at, kind, who, what, outcome, more, note, is_bad: isBad }) => {
    node.className = isBad ? `${kind} wrong` : kind;
    const name = who === "test" ? "action" : who; // of a test, or by a control of this page
    node.replaceChildren(element("time", {}, timeOf(at)), " ", element("span", { class: "kind" }, name), " ", element("span", { class: "what" },
      short(what), ...(outcome ? [element("b", {}, ` → ${outcome}`)] : []),
      ...(more && kind === "call" ? [element("span", { class: "more" }, ` ${short(more)}`)] : []),
      ...(note ? [element("span", { class: "note" }, ` ${note}`)] : [])));
  };
  return node;
}

function timerItem() {
  const when = element("b"), what = element("span"), node = element("li", {}, when, " ", what);
  node.update = (timer) => {
    setText(when, `in ${ahead(timer)}`);
    setText(what, short(timer.what));
  };
  return node;
}

function faultItem() {
  const what = element("span"), hits = element("b"), node = element("li", {}, hits, " ", what);
  node.update = (fault) => {
    setText(what, fault.what);
    setText(hits, count(fault.hits, "hit"));
  };
  return node;
}

// The clock.

function ahead({ due }) {
  const left = Math.max(Date.parse(due) - now(), 0);
  return span(left - left % (account.news.is_running ? 1000 : 1));
}

function now() {
  return Date.parse(account.news.now) + (account.news.is_running ? performance.now() - account.at : 0);
}

function showNow() {
  const iso = new Date(now()).toISOString();
  const [time, words] = byId("now").children;
  setText(time, timeOf(iso));
  setText(words, `${iso.slice(0, 10)} UTC, ${account.news.is_running ? "running" : "standing still"}`);
}

setInterval(() => {
  if (!account.news?.is_running) return;
  showNow();
  showTimers();
}, 250);

function showTimers() {
  const [next] = account.news.timers;
  setText(byId("next"), next ? `next in ${ahead(next)}: ${short(next.what)}` : "no timer is ahead");
  keep(byId("timers"), account.news.timers.map((timer, number) => ({ ...timer, id: number })), timerItem);
}

const CLOCK = byId("controls").closest("[role=group]");

for (const [words, body] of [["1 s", { seconds: 1 }], ["1 min", { minutes: 1 }], ["5 min", { minutes: 5 }], ["1 h", { hours: 1 }]]) {
  byId("advance").append(button(words, `Advance ${words}`,
    () => step(FAKE, `clock.advance(${keywords(body)})`, "clock/advance", body), () => CLOCK,
    ({ ran }) => ran.length ? `${count(ran.length, "timer")} ran` : "no timer was due"));
}
byId("controls").append(
  button("Run next timer", "Run next timer", () => step(FAKE, "clock.run_next()", "clock/run_next"), () => CLOCK,
    ({ ran }) => ran.length ? ran.map(({ what }) => what).join(", ") : "no timer is ahead"),
  button("Flush callbacks", "Flush callbacks", () => step(FAKE, "callbacks.flush()", "callbacks/flush"), () => CLOCK,
    ({ callbacks }) => `${count(callbacks.length, "callback")} delivered`),
  button("Reset", "Reset", () => step(FAKE, "reset()", "reset"), () => CLOCK));

form(byId("create"), byId("create-room"), () => {
  const name = byId("room-name").value, url = byId("callback-url").value;
  const body = {
    ...(name && { unique_name: name }),
    ...(url && { status_callback: url }),
    ...(byId("recorded").checked && { record_participants_on_connect: true }),
  };
  return step(FAKE, `rooms.create(${keywords(body).join(", ")})`, "rooms", body);
}, (room) => {
  byId("room-name").value = "";
  opened.add(room.sid);
  render();
  return `${room.unique_name} is open`;
});

// What arrives.

function receive(news) {
  if (news.fresh) {
    for (const each of [account.rooms, account.callbacks, account.latest]) each.clear();
    account.log = [];
    account.account_sid = news.account_sid;
  }
  account.news = news;
  account.at = performance.now();
  if (news.chart) account.chart = { ...news.chart, unit: news.is_running ? 1000 : 1 };
  for (const room of news.rooms) {
    if (!account.rooms.has(room.id)) account.latest.set(room.name, room.id);
    account.rooms.set(room.id, room);
  }
  for (const callback of news.callbacks) account.callbacks.set(callback.id, callback);
  for (const id of [...account.callbacks.keys()].slice(0, -MOST_SHOWN)) account.callbacks.delete(id);
  for (const line of news.lines) account.log.push({ ...line, id: account.lines += 1 });
  account.log.splice(0, account.log.length - MOST_SHOWN);
  if (!news.fresh) tell(news.lines);
  for (const id of cards.keys()) {
    if (account.rooms.has(id)) continue;
    for (const each of [cards, opened, closed]) each.delete(id);
  }
  render();
}

// What happened elsewhere is read out in short, and not more often than every two seconds.
let lastSaid = 0, untold = [];

function tell(lines) {
  if (!untold.length && lines.length) setTimeout(() => {
    const last = untold.findLast(({ kind }) => kind === "event") ?? untold.at(-1);
    say(untold.length > 1 ? `${last.what}, and ${count(untold.length - 1, "more entry").replace("entrys", "entries")}` : last.what);
    untold = [];
  }, Math.max(lastSaid + 2000 - performance.now(), 500));
  untold.push(...lines);
}

let isDue = false;

function render() {
  if (isDue || !account.news) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    renderNow();
  });
}

function renderNow() {
  const { news } = account;
  setText(byId("account"), account.account_sid);
  showNow();
  showTimers();
  renderRooms();
  keep(byId("callbacks"), [...account.callbacks.values()].reverse(), callbackItem);
  keep(byId("log"), account.log.toReversed(), logItem);
  keep(byId("faults"), news.faults.map((fault, number) => ({ ...fault, id: number })), faultItem);
  const waiting = news.pending_callbacks ? `${news.pending_callbacks} waiting` : "";
  const earlier = news.callbacks_before ? `${news.callbacks_before} earlier` : "";
  setText(byId("callbacks-number"), [waiting, earlier].filter(Boolean).join(", "));
  for (const list of document.querySelectorAll(".list")) list.previousElementSibling.hidden = list.hasChildNodes();
  renderChart();
  showCode(null);
}

const search = byId("filter").querySelector("input");
search.addEventListener("input", renderRooms);
byId("ended").addEventListener("toggle", renderRooms);

function renderRooms() {
  const words = search.value.toLowerCase();
  const all = [...account.rooms.values()].reverse();
  const shown = words ? all.filter(({ name, id }) => name.toLowerCase().includes(words) || id.toLowerCase().includes(words)) : all;
  const isOpen = ({ status }) => status === "in-progress";
  const open = shown.filter(isOpen), ended = shown.filter((room) => !isOpen(room));
  latest = new Set(open.slice(0, mostOpened()).map(({ id }) => id));
  setText(byId("rooms-number"), all.length ? `${all.filter(isOpen).length} in progress` : "");
  byId("filter").hidden = all.length < 8;
  const details = byId("ended"), [summary, list] = details.children;
  details.hidden = !ended.length;
  setText(summary, `${count(ended.length, "ended room")}`);
  if (ended.length > MOST_ENDED && !details.dataset.folded) {
    details.open = false;
    details.dataset.folded = "once";
  }
  // In this order, a room that has ended moves, with the focus.
  keep(list, details.open ? ended : [], card);
  keep(byId("open"), open, card);
  for (const { id } of open) cards.get(id).fold();
}

const cards = new Map();

// A room keeps its card when it moves from one list to the other.
function card(room) {
  if (!cards.has(room.id)) cards.set(room.id, roomCard(room));
  return cards.get(room.id);
}

let drawnChart = null;

function renderChart() {
  const { chart } = account, place = byId("chart");
  if (chart === drawnChart) return;
  drawnChart = chart;
  const isEmpty = !chart.steps.length;
  place.hidden = byId("key").hidden = isEmpty;
  place.previousElementSibling.hidden = !isEmpty;
  if (isEmpty) return;
  const before = place.querySelector(".chart");
  const isAtRight = !before || before.scrollLeft + before.clientWidth >= before.scrollWidth - 20;
  const isAtBottom = place.scrollTop + place.clientHeight >= place.scrollHeight - 20;
  draw(chart, place, "Rooms over time");
  tip.hidden = true; // what it explains is gone
  // The latest stays in sight, unless somebody looks at what was before.
  const area = place.querySelector(".chart");
  if (isAtRight) area.scrollLeft = area.scrollWidth;
  if (isAtBottom) place.scrollTop = place.scrollHeight;
}

addEventListener("resize", () => {
  drawnChart = null;
  render();
});

// The connection. The server may come and go: between two tests it serves nobody.

function connect() {
  const source = new EventSource("_fake/watch");
  source.onmessage = ({ data }) => {
    setConnection("live");
    receive(JSON.parse(data));
  };
  source.onerror = () => {
    setConnection("disconnected");
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1000);
  };
}

function setConnection(words) {
  const pill = byId("connection");
  if (pill.textContent === words) return;
  if (words === "disconnected") say("Disconnected. The page tries to connect again.");
  else if (pill.textContent === "disconnected") say("Connected again.");
  pill.textContent = words;
  pill.className = `pill ${words}`;
}

applyTheme();
byId("legend").append(...legend());
connect();
