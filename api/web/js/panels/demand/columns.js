/** What the table of demand shows of an address, and of an area. */

import { h } from "../../core/dom.js";
import { said } from "../../core/words.js";
import { swatch } from "../../shell/legend.js";

/** What goes into a file beside where it is. */
export const FIGURES = ["checks", "days", "weeks", "first_on", "last_on", "leads", "network_m", "lon", "lat"];

/** How near the map goes. */
export const NEAR = { address: 15, area: 13 };

/**
 * @param {"address" | "area"} kind
 * @param {import("../../types.js").Ctx["units"]} units
 * @returns {import("../../core/table.js").Column[]}
 */
export function demandColumns(kind, units) {
  const where = kind === "area" ? { key: "area_name", label: "Area", cell: areaOf } : { key: "full_address", label: "Address" };
  return [
    where,
    { key: "class", label: "Class", cell: (row) => h("span", { class: "row" }, swatch(row.class), said(row.class)) },
    { key: "checks", label: "Asked", number: true },
    { key: "weeks", label: "Weeks", number: true },
    { key: "leads", label: "Leads", number: true },
    ...(kind === "area" ? [{ key: "addresses", label: "Addresses", number: true }] : [{ key: "network_m", label: "Network", number: true, cell: (/** @type {any} */ row) => units.length(row.network_m) }]),
    { key: "last_on", label: "Last", cell: (row) => units.date(row.last_on) },
  ];
}

/** @param {any} row an area, or a city and ZIP code that no area decides */
const areaOf = ({ area_name, phase, city, zip }) => area_name ?? phase ?? ([city, zip].filter(Boolean).join(" ") || "Elsewhere");
