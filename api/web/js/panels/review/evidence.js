/** The evidence on an item of review, side by side, as whoever decides it needs to see it. */

import { h } from "../../core/dom.js";
import { said } from "../../core/words.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

/** What of two addresses is laid side by side, as a planner says it. */
const COMPARED = [
  ["full_address", "Address"], ["unit", "Unit"], ["city", "City"], ["zip", "ZIP"], ["kind", "Kind"], ["serviceable", "Sold to"],
  ["class", "Class"], ["orderable", "Orderable"], ["units", "Units"], ["connectivity", "Connectivity"],
  ["fcc_location_id", "Fabric location"], ["holds", "Holds"], ["placement", "Placed by"], ["lat", "Latitude"], ["lon", "Longitude"],
];

/** @type {Record<string, string>} */
export const WHY = {
  far_apart: "Same address, far apart",
  class_differs: "Same address, classes differ",
  fabric_id_differs: "Same address, Fabric ids differ",
  no_position: "Same address, one without a place",
  unit_by_text_only: "A unit known by its text alone",
  too_many_alike: "One of very many alike",
  drop_crosses: "Drop crosses a barrier",
  footprint_class_differs: "Point and parcel differ",
  near_edge: "Near an edge",
  marked: "Flagged by a person",
  reported_missing: "Reported missing",
};

/** @param {string} why */
export const reasonOf = (why) => WHY[why] ?? said(why);

/**
 * @param {any} shown
 * @param {Ctx} ctx
 */
export function evidence(shown, ctx) {
  const parts = { quarantined: thing, duplicate: pair, flag: flagged, missing: reported };
  return parts[/** @type {keyof typeof parts} */ (shown.item.queue)](shown, ctx);
}

/**
 * @param {any} shown
 * @param {Ctx} ctx
 */
function pair(shown, { units, ui }) {
  const [first, second] = shown.sides;
  const differs = new Set(shown.differs);
  const rows = COMPARED.filter(([key]) => first[key] !== null || second[key] !== null).map(([key, label]) => ({ key, label }));
  return [
    h("p", { class: "small" }, shown.distance_m === null ? "One of them has no place." : `${units.length(shown.distance_m)} apart.`),
    ui.table({
      caption: "The two addresses, side by side",
      columns: [
        { key: "label", label: "Fact" },
        { key: "first", label: "This", cell: (row) => marked(first[row.key], differs.has(row.key)) },
        { key: "second", label: "The other", cell: (row) => marked(second[row.key], differs.has(row.key)) },
      ],
      rows,
    }),
    records([first, second], ui),
  ];
}

/**
 * @param {any} value
 * @param {boolean} differs
 */
function marked(value, differs) {
  return differs ? h("mark", null, text(value)) : text(value);
}

/** @param {any} value */
function text(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return typeof value === "number" ? String(Math.round(value * 1e6) / 1e6) : said(String(value));
}

/**
 * @param {any[]} sides
 * @param {Ctx["ui"]} ui
 */
function records(sides, ui) {
  const rows = sides.flatMap((side, at) => side.records.map((/** @type {any} */ record) => ({ ...record, at: at ? "The other" : "This" })));
  if (!rows.length) return null;
  return ui.table({
    caption: "What the sources say",
    showCaption: true,
    columns: [
      { key: "source", label: "Source" },
      ...(sides.length > 1 ? [{ key: "at", label: "Of" }] : []),
      { key: "delivery_line", label: "Address" },
      { key: "source_fid", label: "Its id" },
      { key: "row", label: "Row", number: true },
    ],
    rows,
  });
}

/**
 * @param {any} shown
 * @param {Ctx} ctx
 */
function flagged(shown, { units, ui }) {
  const { flag, sides } = shown;
  const [side] = sides;
  return [
    facts([
      ["Address", side.full_address],
      ["Class", said(side.class)],
      ["Drop", flag.drop_m === null ? null : units.length(flag.drop_m)],
      ["Limit", flag.limit_ft ? `${flag.limit_ft.toLocaleString("en-US")} ft` : null],
      ["Crosses", flag.barrier_id ? [flag.name, flag.kind && `(${said(flag.kind)})`].filter(Boolean).join(" ") || "A barrier" : null],
      ["Class of parcel or building", flag.footprint_id ? said(flag.class) : null],
      ["Why it was flagged", flag.author ? `${flag.name} (${flag.author})` : null],
    ]),
    records(sides, ui),
  ];
}

/**
 * @param {any} shown
 * @param {Ctx} ctx
 */
function thing(shown, { units, ui }) {
  const { thing: found } = shown;
  return [
    facts([
      ["What is wrong", found.detail || reasonOf(found.reason)],
      ["File", `${found.path}, ${found.layer}, row ${units.number(found.row)}`],
      ["Its id", found.source_fid],
    ]),
    found.mended && ui.notice("info", `Mending its edge changes its size by ${units.share(found.change)}.`),
    !found.becomes && ui.notice("warn", "Nothing can be drawn of it. Mend it in its file and bring that in again, or say yourself what it is."),
    details("Its fields", Object.entries(found.attributes)),
  ];
}

/**
 * @param {any} shown
 * @param {Ctx} ctx
 */
function reported(shown, { units, ui }) {
  const { report, parsed, near } = shown;
  return [
    facts([
      ["As typed", report.text],
      ["As read", [parsed.line, parsed.last].filter(Boolean).join(", ") || "No address could be read"],
      ["Note", report.note],
      ["Reported", `${units.time(report.reported_at)} by ${report.reporter}`],
    ]),
    near.length > 0 &&
      ui.table({
        caption: "Addresses it may be",
        showCaption: true,
        columns: [
          { key: "full_address", label: "Address" },
          { key: "class", label: "Class", cell: (row) => said(row.class) },
          { key: "distance_m", label: "Away", number: true, cell: (row) => units.length(row.distance_m) },
        ],
        rows: near,
      }),
  ];
}

/** @param {[string, any][]} all */
function facts(all) {
  return h("dl", { class: "facts" }, all.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}

/**
 * @param {string} title
 * @param {[string, any][]} all
 */
function details(title, all) {
  return all.length > 0 && h("details", null, h("summary", null, title), facts(all.map(([name, value]) => [name, value === null ? null : String(value)])));
}
