/** The table twin of the map: the addresses in view that pass the filters, as rows. */

import { h, replace } from "../core/dom.js";
import { makeTurns } from "../core/wanted.js";
import { said } from "../core/words.js";
import { swatch } from "../shell/legend.js";

const PAGE = 100;

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "table",
  title: "Table",
  icon: "table",
  scope: "read",
  group: "look",
  wide: true,
  mount(root, { api, map, ui, units, view }) {
    const about = h("p", { class: "quiet", role: "status" }, "Reading…");
    const place = h("div", { class: "stack" });
    const order = h(
      "select",
      { class: "input", id: "table-order", onchange: () => read() },
      [["address", "Address"], ["class", "Class"], ["phase", "Phase"], ["expected", "Expected"], ["-drop", "Longest drop"], ["-units", "Most units"]].map(([value, label]) => h("option", { value }, label)),
    );
    const turns = makeTurns();

    /** @param {any} row */
    const open = (row) => {
      if (row.lon !== null) map.go(row.lon, row.lat);
      view.set({ panel: "card", item: row.address_id });
    };

    /** @param {any[]} rows */
    function drawn(rows) {
      return ui.table({
        caption: "Addresses in view",
        rows,
        onRow: open,
        columns: [
          { key: "full_address", label: "Address" },
          { key: "class", label: "Class", cell: (row) => h("span", { class: "row" }, swatch(row.class), said(row.class)) },
          { key: "phase", label: "Phase" },
          { key: "expected_live_on", label: "Expected", cell: (row) => units.date(row.expected_live_on) },
          { key: "drop_m", label: "Drop", number: true, cell: (row) => units.length(row.drop_m) },
          { key: "units", label: "Units", number: true },
          { key: "orderable", label: "Orderable", cell: (row) => (row.orderable ? "Yes" : h("span", { title: row.not_orderable.map(said).join(", ") }, "No")) },
          { key: "kind", label: "Type", cell: (row) => said(row.kind) },
        ],
      });
    }

    async function read() {
      const signal = turns.next();
      const asked = { ...view.selection(), bbox: map.bbox().map((edge) => edge.toFixed(6)), sort: order.value, limit: PAGE };
      try {
        let page = await map.track(api.get("/v1/table", asked, { signal }));
        const rows = [...page.rows];
        const show = () => {
          const shown = rows.length < page.total ? ` The first ${units.number(rows.length)} are listed.` : "";
          about.textContent = `${units.count(page.total, "address", "addresses")} in view.${shown}`;
          replace(place, rows.length ? drawn(rows) : nothing(), page.next && ui.button("Show more", more));
        };
        const more = async () => {
          page = await api.get("/v1/table", { ...asked, after: page.next }, { signal });
          rows.push(...page.rows);
          show();
        };
        show();
      } catch (error) {
        if (!signal.aborted) replace(place, ui.problemBox(error));
      }
    }

    function nothing() {
      return ui.empty({ title: "No address in view", body: "Move the map, zoom out, or take filters away." });
    }

    replace(root, h("div", { class: "row spread wrap table-head" }, about, h("label", { class: "row small", for: "table-order" }, "Order", order)), place);
    map.gl.on("moveend", read);
    const stops = [map.onRefresh(read), view.on("*", (_, name) => void (name.startsWith("filter.") && read()))];
    read();
    return () => {
      turns.end();
      map.gl.off("moveend", read);
      for (const stop of stops) stop();
    };
  },
};
