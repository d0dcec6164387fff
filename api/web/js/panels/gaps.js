/** Coverage gaps: where homes are that nobody reaches yet, ranked, on the map and as a table. */

import { h, replace } from "../core/dom.js";
import { makeTurns } from "../core/wanted.js";
import { colour } from "../map/colours.js";
import { FAR, boxAround } from "./areas/geometry.js";
import { handOver } from "./areas/draft.js";
import { handProposal } from "./areas/proposal.js";

const RANKS = [
  { value: "addresses", label: "Most homes" },
  { value: "distance", label: "Nearest to the network" },
  { value: "demand", label: "Most asked about" },
];

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "gaps",
  title: "Gaps",
  icon: "gaps",
  scope: "read",
  group: "plan",
  mount(root, ctx) {
    const { api, map, ui, units, view, session } = ctx;
    const turns = makeTurns();
    let rank = "addresses";
    let told = /** @type {any} */ (null);
    let chosen = /** @type {any} */ (null);
    const body = h("div", { class: "stack" });
    const order = h("select", { class: "input", onchange: () => ((rank = order.value), load()) }, RANKS.map(({ value, label }) => h("option", { value }, label)));
    root.append(h("div", { class: "stack" }, h("label", { class: "field" }, "Rank by", order), body));

    async function load() {
      const signal = turns.next();
      const asking = ui.progress();
      asking.update({ doing: "Looking for gaps" });
      if (!told) replace(body, asking.element);
      told = await api.get("/v1/gaps", { ...view.selection(), rank, limit: 200 }, { signal });
      await map.ready;
      show();
    }

    function show() {
      map.showGeoJSON("gaps", told, () => ({
        fill: { "fill-color": colour("map-gap"), "fill-opacity": ["case", ["==", ["get", "gap_id"], chosen?.gap_id ?? 0], 0.45, 0.2] },
        line: { "line-color": colour("map-gap") },
        onClick: (feature) => choose(told.features.find((/** @type {any} */ each) => each.id === Number(feature.properties.gap_id))?.properties),
      }));
      replace(body, told.features.length ? list() : nothing(), told.notes.map((/** @type {string} */ note) => ui.notice("info", note)));
    }

    /** @param {any} gap */
    function choose(gap) {
      if (!gap) return;
      chosen = gap;
      map.fit(featureOf(gap).bbox);
      show();
    }

    /** @param {any} gap */
    const featureOf = (gap) => told.features.find((/** @type {any} */ each) => each.id === gap.gap_id);

    function list() {
      return [
        chosen && featureOf(chosen) && actions(),
        ui.table({
          caption: "Coverage gaps",
          columns: [
            { key: "rank", label: "Gap", number: true, cell: (row) => `Gap ${row.rank}` },
            { key: "addresses", label: "Homes", number: true },
            { key: "distance_m", label: "To the network", number: true, cell: (row) => units.length(row.distance_m) },
            { key: "demand", label: "Asked", number: true },
          ],
          rows: told.features.map((/** @type {any} */ feature) => feature.properties),
          onRow: choose,
          isCurrent: (row) => row.gap_id === chosen?.gap_id,
        }),
        told.total > told.features.length && h("p", { class: "small quiet" }, `${units.number(told.features.length)} of ${units.number(told.total)} gaps.`),
      ];
    }

    function actions() {
      const { geometry } = featureOf(chosen);
      return h(
        "section",
        { class: "section", "aria-label": "The chosen gap" },
        h("h3", null, `Gap ${chosen.rank}: ${units.count(chosen.addresses, "home")}`),
        h(
          "div",
          { class: "row wrap" },
          session.may("plan") && ui.button("Draw an area from it", () => (handOver([{ op: "draw", geometry, properties: { class: "pre-build" } }]), view.set({ panel: "areas", item: null })), { kind: "primary", icon: "draw" }),
          ui.button("What if we built it", () => (handProposal(geometry), view.set({ panel: "whatif", item: null })), { icon: "whatif" }),
        ),
      );
    }

    function nothing() {
      return ui.empty({ title: "No gaps", body: "Every home that one sells to and that the filters choose is in coverage, or there are no addresses yet." });
    }

    ctx.begin(async () => {
      await load();
      if (map.gl.getZoom() < FAR && told.features.length) map.fit(boxAround(told.features));
    });
    const stops = [map.onRefresh(load), view.on("*", (_, name) => void (name.startsWith("filter.") && load()))];
    return () => {
      turns.end();
      for (const stop of stops) stop();
      map.hide("gaps");
    };
  },
};
