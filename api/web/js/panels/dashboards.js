/** Dashboards: the reports as pictures and tables, of the addresses that the filters choose. */

import { h, replace } from "../core/dom.js";
import { active } from "../core/filters.js";
import { makeTurns, whileShown } from "../core/wanted.js";
import { homesTab } from "./dashboards/homes.js";
import { ingestsTab } from "./dashboards/ingests.js";
import { passingsTab } from "./dashboards/passings.js";
import { qualityTab } from "./dashboards/quality.js";
import { terminalsTab } from "./dashboards/terminals.js";

const TABS = [
  { id: "homes", label: "Homes", make: homesTab },
  { id: "passings", label: "Over time", make: passingsTab },
  { id: "quality", label: "Data quality", make: qualityTab },
  { id: "ingests", label: "Ingest history", make: ingestsTab },
  { id: "terminals", label: "Terminals", make: terminalsTab },
];

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "dashboards",
  title: "Dashboards",
  icon: "chart",
  scope: "read",
  group: "look",
  wide: true,
  mount(root, ctx) {
    const { map, ui, view } = ctx;
    const about = h("p", { class: "small quiet" });
    const place = h("div", { class: "stack" });
    const turns = makeTurns();

    async function load() {
      const signal = turns.next();
      const { make } = TABS.find(({ id }) => id === view.get("item")) ?? TABS[0];
      const set = active();
      about.textContent = set.length ? `Of the addresses that the filters choose: ${set.map(({ says }) => says).join("; ")}.` : "Of all addresses.";
      try {
        replace(place, await map.track(make({ ...ctx, api: whileShown(ctx, signal).api })));
      } catch (error) {
        if (!signal.aborted) replace(place, ui.problemBox(error));
      }
    }

    const heads = ui.tabs(TABS.map(({ id, label }) => ({ id, label, content: () => place })), {
      chosen: TABS.some(({ id }) => id === view.get("item")) ? /** @type {string} */ (view.get("item")) : undefined,
      label: "Dashboards",
      onChange: (id) => view.set({ item: id }),
    });
    replace(root, about, heads);
    const stops = [map.onRefresh(load), view.on("item", () => void load()), view.on("*", (_, name) => void (name.startsWith("filter.") && load()))];
    load();
    return () => {
      turns.end();
      for (const stop of stops) stop();
    };
  },
};
