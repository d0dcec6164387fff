/** The filters that are set, over the map: each can be taken away, and their panel is one step off. */

import { h, replace } from "../core/dom.js";
import { active, clearFilters } from "../core/filters.js";
import { icon } from "../core/icons.js";
import { session } from "../core/session.js";
import { view } from "../core/view.js";

/** Make the bar. */
export function makeFilterBar() {
  const bar = h("div", { class: "filter-bar", role: "group", "aria-label": "Filters that are set" });

  function draw() {
    const set = active();
    replace(
      bar,
      session.may("read") && h("button", { type: "button", class: `chip${set.length ? " on" : ""}`, onclick: () => view.set({ panel: "filters", item: null }) }, icon("filter"), set.length ? `Filters · ${set.length}` : "Filters"),
      set.map(({ name, says }) =>
        h("button", { type: "button", class: "chip", "aria-label": `Remove filter ${says}`, onclick: () => view.set({ [`filter.${name}`]: null }) }, says, icon("close")),
      ),
      set.length > 1 && h("button", { type: "button", class: "chip", onclick: clearFilters }, "Clear all"),
    );
  }

  draw();
  view.on("*", (_, name) => {
    if (name.startsWith("filter.")) draw();
  });
  return bar;
}
