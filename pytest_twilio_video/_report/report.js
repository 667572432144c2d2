// The list of tests, each with its chart.

const tests = JSON.parse(document.getElementById("data").textContent);
const OUTCOMES = ["failed", "error", "passed", "xpassed", "xfailed", "skipped"];

function card(test) {
  const { chart } = test;
  const [file, ...names] = test.test.split("::");
  const bars = chart.rows.filter(([level]) => level === 0).length;
  const calls = chart.steps.filter(([, kind]) => kind === "call").length;
  const callbacks = chart.steps.filter(([, kind]) => kind === "callback").length;
  const counts = [count(bars, "room"), count(calls, "call"), count(callbacks, "callback"), span(chart.end)];
  const title = element("h2", {},
    element("span", { class: "name" },
      element("span", { class: `dot ${test.outcome}`, title: test.outcome }),
      element("span", { class: "where" }, ...breakable(`${file} `)), ...breakable(names.join(" "))),
    element("span", { class: "counts" }, counts.join(" · ")));
  const card = element("article", { "data-outcome": test.outcome }, title);
  if (test.message) card.append(element("p", { class: "message" }, test.message));
  if (chart.steps.length) card.append(chartOf(test), asText(test));
  return card;
}

// Lines break after these characters, rather than anywhere in a long name.
function breakable(name) {
  return name.split(/(?<=[_/.\[-])/).flatMap((part, number) => number ? [element("wbr"), part] : [part]);
}

function chartOf(test) {
  const place = element("div", { class: "chart-area" });
  // It has its final height from the beginning, so that nothing moves when it is drawn.
  const { height } = layout(test.chart.rows.map(toRow), test.chart.steps.map(toStep));
  place.style.minHeight = `${height}px`;
  undrawn.set(place, test);
  return place;
}

function asText(test) {
  const shown = element("pre"), details = element("details", {}, element("summary", {}, "Timeline as text"), shown);
  const fill = () => { if (!shown.hasChildNodes()) shown.append(...textOf(test.chart)); };
  details.addEventListener("toggle", fill, { once: true });
  if (isWrong(test)) {
    details.open = true;
    fill();
  }
  return details;
}

function textOf(chart) {
  const lines = [];
  const add = (text, isBad = false) => lines.push(element("span", isBad ? { class: "bad" } : {}, `${text}\n`));
  for (const step of chart.steps.map(toStep)) {
    const words = [moment(chart, step.at), step.who.padEnd(8), step.what, step.more].filter(Boolean).join("  ");
    add(step.outcome ? `${words}  → ${step.outcome}` : words, step.isBad);
    if (step.note) add(`${" ".repeat(moment(chart, step.at).length + 12)}${step.note}`, step.isBad);
  }
  if (chart.left_out) add(`… and ${chart.left_out} more`);
  if (chart.pending) add("still to come:");
  for (const [when, what] of chart.pending ?? []) add(`  ${when}  ${what}`);
  if (chart.never_triggered) add("injected, but never triggered:", true);
  for (const fault of chart.never_triggered ?? []) add(`  ${fault}`, true);
  return lines;
}

// A chart is drawn when it comes into view, so that a page with a thousand tests opens at once.

const undrawn = new Map();

const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) drawNow(target);
}, { rootMargin: "600px" });

function drawNow(place) {
  watch.unobserve(place);
  const test = undrawn.get(place);
  if (!test || !undrawn.delete(place)) return;
  drawn.set(place, test);
  drawTest(test, place);
}

function drawTest(test, place) {
  draw(test.chart, place, `what happened in ${test.test}`);
}

// Paper is narrower than a screen: all charts are drawn again for it.
const PAPER = 650;
const drawn = new Map();

addEventListener("beforeprint", () => {
  measured = PAPER;
  for (const place of [...undrawn.keys()]) drawNow(place);
  for (const [place, test] of drawn) drawTest(test, place);
});
addEventListener("afterprint", () => {
  measured = 0;
  for (const [place, test] of drawn) drawTest(test, place);
});

// The filter.

const search = document.getElementById("search");
const hidden = new Set();
tests.sort((one, other) => isWrong(other) - isWrong(one)); // failed tests come first
const cards = tests.map((test) => [test, card(test)]);

function isWrong({ outcome }) {
  return outcome === "failed" || outcome === "error";
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const [test, card] of cards) {
    const name = test.test.toLowerCase();
    card.hidden = hidden.has(test.outcome) || !words.every((word) => name.includes(word));
    left += !card.hidden;
  }
  document.getElementById("nothing").hidden = left > 0;
}

search.addEventListener("input", filter);

function outcomeButton(outcome) {
  const number = tests.filter((test) => test.outcome === outcome).length;
  const button = element("button", { type: "button", "aria-pressed": "true" },
    element("span", { class: `dot ${outcome}` }), `${number} ${outcome}`);
  button.addEventListener("click", () => {
    if (!hidden.delete(outcome)) hidden.add(outcome);
    button.setAttribute("aria-pressed", String(!hidden.has(outcome)));
    filter();
  });
  return button;
}

// Build the page.

applyTheme();
document.getElementById("legend").append(...legend());
const outcomes = OUTCOMES.filter((outcome) => tests.some((test) => test.outcome === outcome));
document.getElementById("outcomes").append(...outcomes.map(outcomeButton));
const rooms = tests.reduce((sum, { chart }) => sum + chart.rows.filter(([level]) => level === 0).length, 0);
document.getElementById("summary").textContent =
  tests.length ? `${count(tests.length, "test")} used the fake, with ${count(rooms, "room")}` : "No test used the fake.";
document.getElementById("tests").append(...cards.map(([, card]) => card));
for (const place of undrawn.keys()) watch.observe(place);
