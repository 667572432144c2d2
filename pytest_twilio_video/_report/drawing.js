// Draws rooms over time, for the report and for the console. A chart has steps, in the order in
// which they happened, and rows of bars, each from one step to another.
"use strict";

const SVG = "http://www.w3.org/2000/svg";

// All steps have the same width, because most of a test happens at one moment. Time between two
// steps is a gap: longer for more time, but not to scale.
const STEP = 17, MARGIN = 12, SHORTEST_GAP = 58, LONGEST_GAP = 130;
// To fit the page, the chart is stretched or compressed within these limits.
const TIGHTEST = 0.58, WIDEST = 2.2;

const AXIS = 24;
const HEIGHTS = { marks: 22, room: 24, participant: 19, small: 13, composition: 17, space: 8 };
const THICKNESS = { room: 12, participant: 9, small: 5, composition: 8 };

// What the page calls an action, and how long a bar lasts that has not ended.
const WORDS = { action: "test", open: "until the end of the test" };

// The lists in the data, by index.

function toStep([at, kind, who, what, outcome, more, bad, room, note], number) {
  const isNever = kind === "callback" && outcome.startsWith("undelivered"), isBad = bad === 1;
  const word = isBad ? shortest(kind, outcome) : "";
  return { number, at, kind, who, what, outcome, more, isBad, isNever, room, note, word };
}

// The word beside the mark of something that went wrong: Twilio's code if there is one.
function shortest(kind, outcome) {
  return kind === "warning" ? "warning" : outcome.match(/code (\d+)/)?.[1] ?? outcome.match(/^\d+|^[^,(:]*/)[0].trim();
}

function toRow([level, kind, label, room, start, end, isBad, toggles, since]) {
  const size = ["room", "participant", "composition"].includes(kind) ? kind : "small";
  return { level, kind, size, label, room, start, end, isBad: isBad === 1, toggles, since };
}

// Elements.

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  // A content security policy may forbid the attribute, and never forbids the property.
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "style") node.style.cssText = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function shape(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Text.

const UNITS = [[86400000, "d"], [3600000, "h"], [60000, "min"], [1000, "s"], [1, "ms"]];

function span(milliseconds) {
  const parts = [];
  for (const [size, unit] of UNITS) {
    const count = Math.floor(milliseconds / size);
    milliseconds -= count * size;
    if (count) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

// Less than a unit is no time: a chart of a running clock has a unit of a second.
function unit(chart) {
  return chart.unit ?? 1;
}

function moment(chart, at) {
  const time = Date.parse(chart.start) + at, iso = new Date(time - time % unit(chart)).toISOString();
  return !iso.endsWith(".000Z") ? iso.slice(11, 23) : iso.slice(11, 19);
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

// Horizontal positions.

function places(chart, steps, width) {
  // A mark with a word takes the width of the word, which is neither stretched nor compressed.
  const taken = (step) => step.word ? STEP + 6 * step.word.length + 6 : 0;
  const gap = (length) => Math.min(SHORTEST_GAP + 4 * Math.log2(1 + length / 1000), LONGEST_GAP);
  const set = (stretch) => {
    const xs = [], gaps = [];
    let x = MARGIN, before = steps.length ? steps[0].at : 0;
    const pass = (until) => {
      const length = until - before;
      if (length >= unit(chart)) {
        const end = x + gap(length) * stretch;
        gaps.push({ start: x, end, length });
        x = end;
      }
      before = until;
    };
    for (const step of steps) {
      pass(step.at);
      xs.push(x + (step.word ? STEP : STEP * stretch) / 2);
      x += taken(step) || STEP * stretch;
    }
    pass(chart.end);
    return { xs, gaps, end: x };
  };
  const fixed = steps.reduce((sum, step) => sum + taken(step), 2 * MARGIN);
  const flexible = Math.max(set(1).end + MARGIN - fixed, 1);
  return set(Math.max(TIGHTEST, Math.min(WIDEST, (width - fixed) / flexible)));
}

// Vertical positions: calls and actions first, then a lane for each room.

function layout(rows, steps) {
  const lines = [];
  let y = AXIS;
  const add = (line, height) => {
    lines.push({ ...line, y: y + height / 2, height });
    y += height;
  };
  const has = (kind, room) => steps.some((step) => step.kind === kind && step.room === room);
  const above = (...kinds) => steps.some((step) => kinds.includes(step.kind));
  y += steps.some((step) => step.kind === "timer" || step.kind === "jump") ? 10 : 0;
  if (above("call", "warning")) add({ label: "API calls", marks: "call", room: -1 }, HEIGHTS.marks);
  if (above("action")) add({ label: WORDS.action, marks: "action", room: -1 }, HEIGHTS.marks);
  if (has("callback", -1)) add({ label: "callbacks", marks: "callback", room: -1 }, HEIGHTS.marks);
  const lanes = [];
  for (let room = 0; rows.some((row) => row.room === room); room += 1) {
    y += HEIGHTS.space;
    const top = y;
    for (const row of rows.filter((row) => row.room === room)) add({ row, label: row.label, room }, HEIGHTS[row.size]);
    if (has("callback", room)) add({ label: "callbacks", marks: "callback", room }, HEIGHTS.marks);
    lanes.push({ top, bottom: y });
  }
  return { lines, lanes, height: y + 6 };
}

// A chart, which replaces an earlier one at the same place.

function draw(chart, place, label) {
  const steps = chart.steps.map(toStep), rows = chart.rows.map(toRow);
  const { lines, lanes, height } = layout(rows, steps);
  // The area that scrolls stays, with its position and the focus.
  const names = place.querySelector(".names") ?? element("div", { class: "names" });
  const canvas = place.querySelector(".chart") ?? element("div", { class: "chart", tabindex: 0, role: "group", "aria-label": label });
  names.style.height = `${height}px`;
  names.replaceChildren();
  if (!canvas.isConnected) place.append(names, canvas);
  const across = places(chart, steps, roomFor(canvas));
  const width = Math.max(across.end + MARGIN, roomFor(canvas));
  const box = { width, height, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" };
  const svg = shape("svg", { ...box, role: "img", "aria-label": label });
  for (const { top, bottom } of lanes) {
    svg.append(shape("rect", { class: "lane", x: 0, y: top, width, height: bottom - top }));
  }
  drawTime(svg, chart, steps, across, height);
  for (const line of lines) {
    names.append(nameOf(line));
    if (line.row) drawBar(svg, chart, line, steps, across);
    else for (const step of steps) if (belongs(step, line)) svg.append(mark(step, across.xs[step.number], line.y, chart));
  }
  canvas.replaceChildren(svg);
}

// Only the first chart is measured, and all have its width: measuring each would make the browser
// lay out the whole page every time.
let measured = 0;

function roomFor(canvas) {
  measured ||= canvas.clientWidth;
  return measured;
}

addEventListener("resize", () => { measured = 0; });

function belongs(step, line) {
  const kind = step.kind === "warning" ? "call" : step.kind;
  return kind === line.marks && (step.kind !== "callback" || step.room === line.room);
}

function nameOf({ label, row, y, height }) {
  const kind = row ? (row.level === 0 ? "room" : row.size === "small" ? "small under" : "") : "small under";
  const shown = row && row.size === "small" && label !== row.kind ? `${row.kind} ${label}` : label;
  const indent = row ? 14 * row.level : 0;
  const style = `top:${y - height / 2}px;height:${height}px;line-height:${height}px;padding-left:${indent}px`;
  return element("div", { class: kind, style, title: shown }, shown);
}

function lengthOf(words) {
  return 6 * words.length;
}

function drawTime(svg, chart, steps, { xs, gaps }, height) {
  // Where words are: others must not meet them.
  const taken = [];
  const write = (words, start) => {
    const end = start + lengthOf(words);
    if (taken.some(([from, to]) => start < to && from < end)) return;
    taken.push([start, end]);
    svg.append(shape("text", { x: start, y: 15 }, words));
  };
  for (const { start, end, length } of gaps) {
    svg.append(shape("rect", { class: "gap", x: start + 2, y: AXIS, width: end - start - 4, height: height - AXIS - 2, rx: 3 }));
    const words = span(length - length % unit(chart)), width = lengthOf(words);
    write(words, Math.min((start + end - width) / 2, end - width - 4)); // a moment follows
  }
  steps.forEach((step, number) => {
    const x = xs[number];
    if (number === 0 || step.at - steps[number - 1].at >= unit(chart)) {
      svg.append(shape("line", { class: "rule", x1: x - 8, x2: x - 8, y1: AXIS - 4, y2: height - 2 }));
      write(moment(chart, step.at), x - 8);
    }
    if (step.kind === "timer" || step.kind === "jump") svg.append(mark(step, x, AXIS + 4, chart));
  });
}

function drawBar(svg, chart, { row, y }, steps, { xs, end }) {
  const x = xs[row.start], right = row.end < 0 ? end : xs[row.end];
  const thickness = THICKNESS[row.size];
  const bar = shape("rect", {
    class: `bar hover ${row.kind}${row.isBad ? " failed" : ""}`,
    x, y: y - thickness / 2, width: Math.max(right - x, 5), height: thickness, rx: Math.min(thickness / 2, 4),
  });
  const since = row.since ?? steps[row.start].at, until = row.end < 0 ? chart.end : steps[row.end].at;
  const how = row.end < 0 ? WORDS.open : `until ${moment(chart, until)}`;
  explain(bar, () => [`${row.kind} ${row.label}`, `from ${moment(chart, since)}, ${how}: ${span(until - since)}`]);
  svg.append(bar);
  if (row.end < 0) { // it did not end
    svg.append(shape("rect", { class: `bar tail ${row.kind}`, x: right + 2, y: y - thickness / 2, width: 8, height: thickness, rx: 2 }));
  }
  // Muted and unmuted, alternately.
  for (let i = 0; i < row.toggles.length; i += 2) {
    const from = xs[row.toggles[i]], to = i + 1 < row.toggles.length ? xs[row.toggles[i + 1]] : right;
    svg.append(shape("rect", { class: "muted", x: from, y: y - thickness / 2 + 1, width: Math.max(to - from - 1, 2), height: thickness - 2 }));
  }
}

// Marks: what happens at one moment. They differ in shape, not only in color.

function mark(step, x, y, chart) {
  const group = shape("g", { transform: `translate(${x} ${y})`, class: "hover", "data-kind": step.kind });
  const width = 16 + 6 * step.word.length;
  group.append(shape("rect", { class: "hit", x: -8, y: -10, width, height: 20 }), glyph(step));
  if (step.word) group.append(shape("text", { class: "word", x: 8, y: 3.5 }, step.word));
  explain(group, () => [step.what, `${moment(chart, step.at)}, ${step.who}`, step.more, step.outcome, step.note], step.isBad);
  return group;
}

const DIAMOND = "M0 -5.5 5.5 0 0 5.5 -5.5 0Z", CROSS = "M-3.6 -3.6 3.6 3.6M3.6 -3.6 -3.6 3.6";
const TRIANGLE = "M0 -5.5 5.5 4.5H-5.5Z";
const HOURGLASS = "M-4.2 -5.2H4.2L0 0 4.2 5.2H-4.2L0 0Z", FORWARD = "M-6 -4.6 0 0 -6 4.6ZM0 -4.6 6 0 0 4.6Z";

function glyph({ kind, isBad, isNever }) {
  if (kind === "call") return isBad ? path("mark call bad", DIAMOND) : shape("circle", { class: "mark call", r: 4.2 });
  if (kind === "action") return shape("rect", { class: `mark action${isBad ? " bad" : ""}`, x: -3.6, y: -3.6, width: 7.2, height: 7.2, rx: 1.5 });
  if (kind === "warning") return path("mark bad", TRIANGLE);
  if (kind === "timer") return path("mark timer", HOURGLASS);
  if (kind === "jump") return path("mark jump", FORWARD);
  if (isNever) return shape("circle", { class: `mark never${isBad ? " lost" : ""}`, r: 3.8 });
  return isBad ? path("mark cross", CROSS) : shape("circle", { class: "mark delivered", r: 4.4 });
}

function path(kind, d) {
  return shape("path", { class: kind, d });
}

// The tooltip of a mark or a bar.

const tip = document.getElementById("tip");

function explain(target, words, isBad = false) {
  target.addEventListener("pointerenter", (event) => {
    const [head, ...rest] = words();
    const lines = rest.filter(Boolean).map((text) => element("span", {}, text));
    if (isBad && lines.length > 1) for (const line of lines.slice(1)) if (line.textContent !== rest[1]) line.className = "bad";
    tip.replaceChildren(element("b", {}, head), ...lines);
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - width - 8)}px`;
    const below = event.clientY + 18;
    tip.style.top = `${below + height > innerHeight ? event.clientY - height - 12 : below}px`;
  });
  target.addEventListener("pointerleave", () => { tip.hidden = true; });
}

// The theme.

const THEMES = ["system", "dark", "light"];
const prefersDark = matchMedia("(prefers-color-scheme: dark)");
let theme = "system";

function applyTheme() {
  const isDark = theme === "dark" || (theme === "system" && prefersDark.matches);
  document.documentElement.dataset.theme = isDark && !matchMedia("print").matches ? "dark" : "light";
  document.getElementById("theme").textContent = `Theme: ${theme}`;
}

document.getElementById("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  applyTheme();
});
prefersDark.addEventListener("change", applyTheme);
matchMedia("print").addEventListener("change", applyTheme);

// The legend.

const LEGEND = () => [
  [{ kind: "call" }, "API call"],
  [{ kind: "call", isBad: true }, "failed API call"],
  [{ kind: "warning", isBad: true }, "warning"],
  [{ kind: "action" }, WORDS.action],
  [{ kind: "callback" }, "callback"],
  [{ kind: "callback", isBad: true }, "failed callback"],
  [{ kind: "callback", isNever: true }, "undelivered callback"],
  [{ kind: "timer" }, "timer"],
  [{ kind: "jump" }, "clock"],
];
const KINDS = ["room", "participant", "audio", "video", "data", "recording", "composition"];

function legend() {
  const marks = LEGEND().map(([step, words]) => element("span", {},
    shape("svg", { width: 14, height: 14, viewBox: "-7 -7 14 14" }, glyph(step)), words));
  const bars = KINDS.map((kind) => element("span", {},
    shape("svg", { width: 16, height: 8 }, shape("rect", { class: `bar ${kind}`, width: 16, height: 8, rx: 3 })), kind));
  return [...bars, ...marks];
}
