/** Demand: what was asked for in vain, by address and by area, of the addresses that the filters choose. */

import { csvOf, saveText } from "../core/csv.js";
import { h, newId, replace } from "../core/dom.js";
import { active } from "../core/filters.js";
import { makeTurns } from "../core/wanted.js";
import { isShown, setShown } from "../map/layers.js";
import { demandColumns, FIGURES, NEAR } from "./demand/columns.js";

const MARK = "demand-place";
const PAGE = 200;
const BY = [{ id: "address", label: "By address" }, { id: "area", label: "By area" }];
const SORTS = [["-checks", "Most asked"], ["-leads", "Most interest"], ["-weeks", "Asked in most weeks"], ["-last", "Latest"]];

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "demand",
  title: "Demand",
  icon: "demand",
  scope: "read",
  group: "plan",
  wide: true,
  mount(root, ctx) {
    const { api, map, ui, units, view } = ctx;
    const about = h("p", { class: "quiet", role: "status" }, "Reading…");
    const place = h("div", { class: "stack" }, about);
    const sort = h("select", { class: "input", id: newId("sort"), onchange: () => load() }, SORTS.map(([value, label]) => h("option", { value }, label)));
    const heat = h("input", { type: "checkbox", checked: isShown("demand"), onchange: () => setShown("demand", heat.checked) });
    const by = () => (view.get("item") === "area" ? "area" : "address");
    const switches = BY.map(({ id, label }) => h("button", { type: "button", onclick: () => view.set({ item: id === "area" ? id : null }) }, label));
    const turns = makeTurns();

    async function load() {
      if (view.get("panel") !== "demand") return;
      BY.forEach(({ id }, index) => switches[index].setAttribute("aria-pressed", String(id === by())));
      const signal = turns.next();
      const asked = { ...view.selection(), by: by(), sort: sort.value, limit: PAGE };
      try {
        const page = await map.track(api.get("/v1/demand", asked, { signal }));
        show(page, [...page.rows], asked, signal);
      } catch (problem) {
        if (!signal.aborted) replace(place, ui.problemBox(problem));
      }
    }

    /**
     * @param {any} page
     * @param {any[]} rows
     * @param {Record<string, any>} asked
     * @param {AbortSignal} signal
     */
    function show(page, rows, asked, signal) {
      const more = async () => {
        const next = await api.get("/v1/demand", { ...asked, after: page.next }, { signal });
        show(next, [...rows, ...next.rows], asked, signal);
      };
      about.textContent = toldOf(page);
      replace(place, rows.length ? tableOf(rows, asked.by) : [about, nothing()], page.next && ui.button("Show more", more), elsewhere(page));
    }

    /** @param {any} page */
    function toldOf({ total }) {
      const set = active();
      const places = by() === "area" ? units.count(total, "area") : units.count(total, "address", "addresses");
      return `${places} with demand${set.length ? `, of what the filters choose: ${set.map(({ says }) => says).join("; ")}` : ""}.`;
    }

    /**
     * @param {any[]} rows
     * @param {"address" | "area"} kind
     */
    function tableOf(rows, kind) {
      const save = () => saveText(`demand-by-${kind}.csv`, csvOf([kind === "area" ? "area_name" : "full_address", "city", "zip", "class", ...FIGURES], rows));
      return [
        h("div", { class: "row spread" }, about, ui.button("CSV", save, { icon: "export", small: true, props: { "aria-label": "Save what is shown as CSV" } })),
        ui.table({ caption: kind === "area" ? "Demand by area" : "Demand by address", columns: demandColumns(kind, units), rows, onRow: (row) => go(row, kind) }),
      ];
    }

    /**
     * @param {any} row
     * @param {"address" | "area"} kind
     */
    async function go({ lon, lat }, kind) {
      if (lon === null) return ui.toast("This has no place on the map.");
      await map.ready;
      map.showGeoJSON(MARK, { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lon, lat] } });
      return map.go(lon, lat, NEAR[kind]);
    }

    /** @param {any} page */
    function elsewhere({ elsewhere: { unsettled, reports }, left_out }) {
      const told = [
        unsettled > 0 && `${units.count(unsettled, "check")} settled on no address and ${unsettled === 1 ? "is" : "are"} in no row.`,
        reports > 0 && `${units.count(reports, "address", "addresses")} reported missing ${reports === 1 ? "waits" : "wait"} in Review.`,
        left_out > 0 && `${units.count(left_out, "address", "addresses")} of the plan may not be listed, and ${left_out === 1 ? "is" : "are"} in no row.`,
      ].filter(Boolean);
      return told.length > 0 && h("p", { class: "small quiet" }, told.join(" "));
    }

    function nothing() {
      return ui.empty({ title: "Nobody asked in vain", body: active().length ? "Not at the addresses that the filters choose. Take filters away to see the rest." : "Every check so far was at an address where something can be ordered, or nothing was checked yet." });
    }

    root.append(
      h(
        "div",
        { class: "row spread wrap table-head" },
        h("div", { class: "switch", role: "group", "aria-label": "What a row is about" }, switches),
        h("label", { class: "check" }, heat, "Heat on the map"),
        h("label", { class: "row small", for: sort.id }, "Order", sort),
      ),
      place,
    );
    ctx.begin(load);
    const stops = [
      map.onRefresh(load),
      view.on("item", load),
      view.on("layers", () => void (heat.checked = isShown("demand"))),
      view.on("*", (_, name) => void (name.startsWith("filter.") && load())),
    ];
    return () => {
      turns.end();
      for (const stop of stops) stop();
      map.ready.then(() => map.hide(MARK));
    };
  },
};
