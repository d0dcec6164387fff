/** The search box in the bar: addresses as they are typed, places, ids, areas, terminals and streets. */

import { api } from "../core/api.js";
import { combobox } from "../core/combobox.js";
import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { keys } from "../core/keys.js";
import { toast } from "../core/ui.js";
import { view } from "../core/view.js";
import { makeTurns } from "../core/wanted.js";
import { map } from "../map/index.js";

const MARK = "search-place";
/** @type {Record<string, [title: string, icon: string]>} */
const KINDS = {
  address: ["Address", "address"],
  place: ["Place", "pin"],
  street: ["Street", "list"],
  city: ["City", "list"],
  area: ["Area", "areas"],
  network: ["Network", "layers"],
};

/**
 * @typedef {{kind: string, id: number | null, text: string, class: string | null, lon: number | null, lat: number | null,
 *   bbox: import("../map/index.js").Bbox | null, detail: string}} Found
 */

/** Make the box. */
export function makeSearch() {
  const choices = makeTurns();
  const { input, list, told } = combobox({
    label: "Search results",
    ask: async (q, signal) => /** @type {Found[]} */ ((await api.get("/v1/search", { q, limit: 8 }, { signal })).results),
    draw: row,
    choose,
    nothing: "Nothing fits. An address that is missing can be reported with a check.",
    onProblem: (problem) => /** @type {any} */ (problem).detail ?? "The search did not answer. Try again.",
    props: { type: "search", placeholder: "Address, coordinates, area or id", autocomplete: "off", maxlength: "200", "aria-label": "Search" },
  });

  /** @param {Found} one */
  async function choose(one) {
    const signal = choices.next();
    input.blur();
    if (one.kind !== "place") input.value = one.text;
    await map.ready;
    map.hide(MARK);
    if (one.kind === "address") view.set({ panel: "card", item: one.id, as_of: null });
    if (one.kind === "area") view.set({ panel: "areas", item: one.id });
    if (one.kind === "street" || one.kind === "city") return showStreet(one.text, signal);
    if (one.bbox && one.bbox[0] < one.bbox[2]) return map.fit(one.bbox);
    if (one.lon === null || one.lat === null) return toast("This address has no place on the map.");
    if (one.kind !== "address") {
      map.showGeoJSON(MARK, { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [one.lon, one.lat] } });
    }
    map.go(one.lon, one.lat);
  }

  /**
   * @param {string} text
   * @param {AbortSignal} signal
   */
  async function showStreet(text, signal) {
    const { bounds } = await map.track(api.get("/v1/legend", { text }, { signal }));
    if (bounds) map.fit(bounds);
    else toast("Nothing on this street has a place on the map.");
  }

  /** @param {KeyboardEvent} event */
  function leave(event) {
    if (event.key !== "Escape") return;
    if (!event.defaultPrevented) input.blur();
    event.preventDefault(); // it leaves the box, and not the panel
  }

  input.addEventListener("keydown", leave);
  keys.bind("/", () => (input.focus(), input.select()), { label: "Search" });
  return h("div", { class: "search-box", role: "search" }, icon("search"), input, h("kbd", { "aria-hidden": "true" }, "/"), list, told);
}

/** @param {Found} one */
function row(one) {
  const [title, drawn] = KINDS[one.kind];
  return [
    icon(drawn),
    h("span", { class: "grow" }, one.text, h("span", { class: "small quiet" }, ` ${one.detail || title}`)),
    one.class && h("span", { class: `class-mark small ${one.class}` }, one.class),
  ];
}
