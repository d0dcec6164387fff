/** The legend: what each class looks like, and how many there are in view. */

import { api } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { svg } from "../core/icons.js";
import { units } from "../core/units.js";
import { view } from "../core/view.js";
import { makeTurns } from "../core/wanted.js";
import { CLASSES } from "../core/words.js";
import { map } from "../map/index.js";

const RESTS_MS = 120;
const COUNTED = /** @type {const} */ ([
  { id: "addresses", label: "Addresses", one: "address", many: "addresses" },
  { id: "units", label: "Units", one: "unit", many: "units" },
]);

/** @type {Record<string, [tag: string, attributes: Record<string, string | number>]>} */
const SHAPES = {
  circle: ["circle", { cx: 8, cy: 8, r: 5.5 }],
  triangle: ["path", { d: "M8 1.8 14.5 13.5H1.5Z" }],
  cross: ["path", { d: "M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5" }],
  ring: ["circle", { cx: 8, cy: 8, r: 5 }],
};

/**
 * The picture of a class; decoration, its name stands beside it.
 * @param {string} id
 */
export function swatch(id) {
  const { look, shape } = CLASSES.find((one) => one.id === id) ?? CLASSES[CLASSES.length - 1];
  const [tag, attributes] = SHAPES[shape];
  return svg("svg", { class: `swatch ${look} ${shape}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, svg(tag, attributes));
}

/** Make the legend. */
export function makeLegend() {
  const rows = h("ul", { class: "legend-rows" });
  const total = h("p", { class: "legend-total figures", role: "status" });
  const switches = COUNTED.map(({ id, label }) =>
    h("button", { type: "button", onclick: () => view.set({ count: id === "addresses" ? null : id }, { replace: true }) }, label),
  );
  const narrow = matchMedia("(width <= 720px)");
  const legend = h(
    "details",
    { class: "card legend", open: !narrow.matches },
    h("summary", null, "Legend"),
    h("div", { class: "switch", role: "group", "aria-label": "What is counted" }, switches),
    rows,
    total,
  );
  narrow.addEventListener("change", () => (legend.open = !narrow.matches));
  /** @type {any} */
  let counts = null;
  const turns = makeTurns();
  let timer = 0;

  function counted() {
    return COUNTED.find(({ id }) => id === view.get("count")) ?? COUNTED[0];
  }

  function draw() {
    const { id, one, many } = counted();
    switches.forEach((element, index) => element.setAttribute("aria-pressed", String(COUNTED[index].id === id)));
    replace(rows, CLASSES.map((known) => row(known, counts?.classes.find((/** @type {any} */ found) => found.class === known.id)?.[id])));
    total.textContent = counts ? `${units.count(counts[id], one, many)} in view` : "Counting…";
  }

  /**
   * @param {typeof CLASSES[number]} known
   * @param {number | undefined} count
   */
  function row({ id, label, about }, count) {
    const only = view.get("filter.class") === id;
    return h(
      "li",
      null,
      h(
        "button",
        { type: "button", title: about, "aria-pressed": String(only), onclick: () => view.set({ "filter.class": only ? null : id }) },
        swatch(id),
        h("span", null, label),
        h("span", { class: "figures", "data-count": id }, units.number(count)),
      ),
    );
  }

  async function ask() {
    const signal = turns.next();
    try {
      counts = await map.track(api.get("/v1/legend", { ...view.selection(), bbox: map.bbox().map((edge) => edge.toFixed(6)) }, { signal }));
      draw();
    } catch (error) {
      if (!signal.aborted) total.textContent = /** @type {Error} */ (error).message;
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = window.setTimeout(ask, RESTS_MS);
    map.track(new Promise((resolve) => setTimeout(resolve, RESTS_MS + 20)));
  }

  draw();
  map.ready.then(() => {
    map.gl.on("moveend", soon);
    ask();
  });
  map.onRefresh(ask);
  view.on("count", draw);
  view.on("*", (_, name) => {
    if (name.startsWith("filter.")) ask();
  });
  return legend;
}
