/** The search box in the bar: addresses as they are typed, places, ids, areas, terminals and streets. */

import { api } from "../core/api.js";
import { h, newId, replace } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { keys } from "../core/keys.js";
import { toast } from "../core/ui.js";
import { view } from "../core/view.js";
import { map } from "../map/index.js";

const PAUSE_MS = 120;
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

/** Make the box. Answers that arrive late, for what is no longer typed, are let go. */
export function makeSearch() {
  const list = h("ul", { id: newId("found"), role: "listbox", "aria-label": "Search results", class: "found", hidden: true });
  const told = h("span", { class: "only-read", role: "status" });
  const input = h("input", {
    class: "input",
    type: "search",
    role: "combobox",
    placeholder: "Address, coordinates, area or id",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "200",
    "aria-label": "Search",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    oninput: () => wait(),
    onfocus: () => input.value.trim() && shown.length && open(true),
    onkeydown: (/** @type {KeyboardEvent} */ event) => press(event),
  });
  const box = h("div", { class: "search-box", role: "search" }, icon("search"), input, h("kbd", { "aria-hidden": "true" }, "/"), list, told);
  /** @type {Found[]} */
  let shown = [];
  let at = -1;
  let timer = 0;
  let asking = new AbortController();

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  }

  async function ask() {
    asking.abort();
    const q = input.value.trim();
    if (!q) return show([]);
    asking = new AbortController();
    const { signal } = asking;
    try {
      const { results } = await api.get("/v1/search", { q, limit: 8 }, { signal });
      if (!signal.aborted) show(results);
    } catch (error) {
      if (!signal.aborted) tell(/** @type {any} */ (error).detail ?? "The search did not answer. Try again.");
    }
  }

  /** @param {string} text */
  function tell(text) {
    shown = [];
    replace(list, h("li", { class: "quiet nothing", role: "option", "aria-disabled": "true" }, text));
    told.textContent = text;
    open(true);
  }

  /** @param {Found[]} found */
  function show(found) {
    at = found.length ? 0 : -1;
    if (!found.length) {
      if (!input.value.trim()) return open(false);
      return tell("Nothing fits. An address that is missing can be reported with a check.");
    }
    shown = found;
    replace(list, found.map(row));
    told.textContent = `${found.length} found`;
    open(true);
    mark();
  }

  /**
   * @param {Found} one
   * @param {number} index
   */
  function row(one, index) {
    const [title, drawn] = KINDS[one.kind];
    return h(
      "li",
      { id: `${list.id}-${index}`, role: "option", onpointerdown: (/** @type {Event} */ event) => event.preventDefault(), onclick: () => choose(one) },
      icon(drawn),
      h("span", { class: "grow" }, one.text, h("span", { class: "small quiet" }, ` ${one.detail || title}`)),
      one.class && h("span", { class: `class-mark small ${one.class}` }, one.class),
    );
  }

  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", at < 0 ? "" : `${list.id}-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} on */
  function open(on) {
    list.hidden = !on;
    input.setAttribute("aria-expanded", String(on));
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      at = (at + step + shown.length) % shown.length;
      open(true);
      mark();
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
      choose(shown[at]);
    } else if (event.key === "Escape") {
      if (list.hidden) input.blur();
      open(false);
    } else return;
    event.preventDefault();
  }

  /** @param {Found} one */
  async function choose(one) {
    open(false);
    input.blur();
    if (one.kind !== "place") input.value = one.text;
    await map.ready;
    map.hide(MARK);
    if (one.kind === "address") view.set({ panel: "card", item: one.id, as_of: null });
    if (one.kind === "area") view.set({ panel: "areas", item: one.id });
    if (one.kind === "street" || one.kind === "city") return showStreet(one.text);
    if (one.bbox && one.bbox[0] < one.bbox[2]) return map.fit(one.bbox);
    if (one.lon === null || one.lat === null) return toast("This address has no place on the map.");
    if (one.kind !== "address") {
      map.showGeoJSON(MARK, { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [one.lon, one.lat] } });
    }
    map.go(one.lon, one.lat);
  }

  /** @param {string} text */
  async function showStreet(text) {
    const { bounds } = await api.get("/v1/legend", { text });
    if (bounds) map.fit(bounds);
    else toast("Nothing on this street has a place on the map.");
  }

  box.addEventListener("focusout", (event) => {
    if (!box.contains(/** @type {Node | null} */ (event.relatedTarget))) open(false);
  });
  keys.bind("/", () => (input.focus(), input.select()), { label: "Search" });
  return box;
}
