/** Bars and step lines. A chart is a picture with a sentence that says what it shows; its numbers stand in a table. */

import { h } from "./dom.js";
import { svg } from "./icons.js";

const HEIGHT = 220;
const WIDTH = 1_000;
const [LEAST_PAST, MOST_PAST] = [0.15, 0.62];

/**
 * @typedef {{label: string, look: string, value: number}} Part of a bar; `look` is a class of css/dashboards.css
 * @typedef {{label: import("./dom.js").Children, said: string, parts: Part[], end?: string}} Bar
 * @typedef {{x: number, y: number}} Point
 * @typedef {{label: string, look: string, past: Point[], planned: Point[]}} Line
 */

/**
 * Horizontal bars on one scale, each made of parts.
 * @param {{bars: Bar[], most?: number}} given `most` is the value of a full bar; without it the largest sum
 */
export function barChart({ bars, most }) {
  const full = most ?? Math.max(1, ...bars.map(sumOf));
  return h(
    "div",
    { class: "bars" },
    h("ul", { class: "key" }, keyOf(bars.flatMap(({ parts }) => parts))),
    bars.map((bar) =>
      h("div", { class: "bar-row" }, h("span", { class: "bar-label" }, bar.label), drawnBar(bar, full), h("span", { class: "figures" }, bar.end ?? sumOf(bar).toLocaleString("en-US"))),
    ),
  );
}

/** @param {Bar} bar */
const sumOf = (bar) => bar.parts.reduce((sum, { value }) => sum + value, 0);

/**
 * @param {Bar} bar
 * @param {number} full
 */
function drawnBar(bar, full) {
  let from = 0;
  const parts = bar.parts.map(({ value, look }) => {
    const part = svg("rect", { class: look, x: `${from}%`, y: 0, width: `${(100 * value) / full}%`, height: "100%" });
    from += (100 * value) / full;
    return part;
  });
  const told = bar.parts.map(({ label, value }) => `${label} ${value.toLocaleString("en-US")}`).join(", ");
  return svg("svg", { class: "bar-track", role: "img", "aria-label": `${bar.said}: ${told}` }, ...parts);
}

/** @param {{label: string, look: string}[]} parts */
function keyOf(parts) {
  const known = new Map(parts.map((part) => [part.label, part.look]));
  if (known.size < 2) return [];
  return [...known].map(([label, look]) => h("li", null, svg("svg", { class: "key-mark", "aria-hidden": "true" }, svg("rect", { class: look, width: "100%", height: "100%" })), label));
}

/**
 * Lines that step from value to value: what was until today, and beside it, dashed, what is planned.
 * @param {{lines: Line[], today: number, said: string, date: (time: number) => string}} given
 */
export function stepChart({ lines, today, said, date }) {
  const past = lines.flatMap((line) => line.past.map(({ x }) => x));
  const planned = lines.flatMap((line) => line.planned.map(({ x }) => x));
  const first = Math.min(today - 86_400_000, ...past);
  const promised = Math.max(today, ...planned);
  const last = promised + 0.06 * (promised - today); // so that the last step is seen
  const share = last > today ? Math.min(MOST_PAST, Math.max(LEAST_PAST, (today - first) / (last - first))) : 1;
  const top = nice(Math.max(1, ...lines.flatMap((line) => [...line.past, ...line.planned].map(({ y }) => y))));
  const across = (/** @type {number} */ x) =>
    WIDTH * (x <= today ? (share * (x - first)) / (today - first) : share + ((1 - share) * (x - today)) / (last - today));
  const down = (/** @type {number} */ y) => HEIGHT - 4 - ((HEIGHT - 8) * y) / top;
  const drawn = svg(
    "svg",
    { class: "step-plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": said },
    ...(share < 1 ? [svg("rect", { class: "planned-ground", x: across(today), y: 0, width: WIDTH - across(today), height: HEIGHT })] : []),
    ...[0, 0.5, 1].map((part) => svg("path", { class: "grid-line", d: `M0 ${down(top * part)}H${WIDTH}` })),
    ...lines.flatMap((line) => drawnLine(line, { today, last }, across, down)),
  );
  const under = [
    ...(share > 0.3 ? [labelAt(0, "start", date(first))] : []),
    labelAt(share, share < 1 ? "middle" : "end", "Today"),
    ...(share < 1 ? [labelAt(1, "end", `Planned until ${date(promised)}`)] : []),
  ];
  return h(
    "div",
    { class: "plot" },
    h("ul", { class: "key" }, keyOf(lines)),
    h(
      "div",
      { class: "plot-body" },
      h("div", { class: "ys figures", "aria-hidden": "true" }, [top, top / 2, 0].map((y) => h("span", null, y.toLocaleString("en-US")))),
      drawn,
      svg("svg", { class: "xs", "aria-hidden": "true" }, ...under),
    ),
  );
}

/**
 * @param {number} share of the width
 * @param {"start" | "middle" | "end"} anchor
 * @param {string} text
 */
function labelAt(share, anchor, text) {
  const label = svg("text", { x: `${100 * share}%`, y: "0.9em", "text-anchor": anchor });
  label.textContent = text;
  return label;
}

/**
 * @param {Line} line
 * @param {{today: number, last: number}} time
 * @param {(x: number) => number} across
 * @param {(y: number) => number} down
 */
function drawnLine(line, { today, last }, across, down) {
  const now = line.past.at(-1);
  const was = pathOf(line.past, today, across, down);
  const drawn = [svg("path", { class: `line ${line.look}`, d: was })];
  if (line.planned.length && now) drawn.push(svg("path", { class: `line planned ${line.look}`, d: pathOf([{ x: today, y: now.y }, ...line.planned], last, across, down) }));
  return drawn;
}

/**
 * @param {Point[]} points
 * @param {number} until
 * @param {(x: number) => number} across
 * @param {(y: number) => number} down
 */
function pathOf(points, until, across, down) {
  const [start, ...rest] = points;
  if (!start) return "";
  return `M${across(start.x)} ${down(start.y)}${rest.map(({ x, y }) => `H${across(x)}V${down(y)}`).join("")}H${across(until)}`;
}

/** @param {number} value */
function nice(value) {
  const step = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((times) => times * step).find((round) => round >= value) ?? value;
}
