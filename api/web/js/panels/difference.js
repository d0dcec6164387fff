/** What changes between two states of the plan: on the map in colour and shape, and the same as a table. */

import { h, replace } from "../core/dom.js";
import { isLetGo, makeTurns } from "../core/wanted.js";
import { colour } from "../map/colours.js";

const POINTS = "difference";
const AREAS = "difference-areas";
const PAGE = 100;

/** Kinds of change, the worst first. */
export const KINDS = /** @type {const} */ ([
  { id: "lost", label: "Lost", sign: "−", about: "leave coverage, or step back from build" },
  { id: "gained", label: "Gained", sign: "+", about: "come into coverage, or step up to build" },
  { id: "changed", label: "Changed", sign: "~", about: "change area, date or name" },
]);

/**
 * Show a difference in an element and on the map; returns how to leave.
 * @param {HTMLElement} root
 * @param {import("../types.js").Ctx} ctx
 * @param {{summary: any, rows: string, drawn: string, params?: Record<string, any>}} of paths of its rows and its GeoJSON
 */
export function showDifference(root, ctx, { summary, rows, drawn, params = {} }) {
  let change = /** @type {string | null} */ (null);
  let left = false;
  let ofCells = false;
  const lists = makeTurns();
  const drawings = makeTurns();
  const list = h("div", { class: "stack" });
  const chips = KINDS.map(({ id, label, sign, about }) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "data-change": id,
        "aria-pressed": "false",
        title: `Addresses that ${about}`,
        onclick: () => choose(id),
      },
      h("span", { class: `change-mark ${id}`, "aria-hidden": "true" }, sign),
      `${label} ${number(summary.addresses[id])}`,
    ),
  );
  replace(
    root,
    h("div", { class: "row wrap", role: "group", "aria-label": "Addresses by kind of change" }, chips),
    areaLine(summary.areas),
    flipTable(ctx, summary.flips),
    byAreaTable(ctx, summary, (area) => fillRows({ area_id: area.area_id })),
    list,
  );
  fillRows();
  void drawAreas().then(() => draw(true));
  const move = () => draw(false);
  ctx.map.ready.then(() => !left && ctx.map.gl.on("moveend", move));
  return () => {
    left = true;
    lists.end();
    drawings.end();
    ctx.map.gl?.off("moveend", move);
    ctx.map.hide(POINTS);
    ctx.map.hide(AREAS);
    delete document.body.dataset.difference;
  };

  /** @param {string} id */
  function choose(id) {
    change = change === id ? null : id;
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.change === change));
    fillRows();
    draw(false, true);
  }

  /** @param {Record<string, any>} [which] instead of the kind of change that is chosen */
  async function fillRows(which = { change }) {
    const signal = lists.next();
    try {
      const page = await ctx.api.get(rows, { ...params, ...which, limit: PAGE }, { signal });
      replace(
        list,
        page.rows.length > 0 &&
          ctx.ui.table({
            caption: "Addresses that change",
            columns: [
              { key: "full_address", label: "Address" },
              { key: "change", label: "Change", cell: (row) => changeMark(row.change) },
              { key: "from_class", label: "From", cell: (row) => before(row) },
              { key: "to_class", label: "To", cell: (row) => after(row) },
              { key: "to_area", label: "Area", cell: (row) => row.to_area ?? row.from_area ?? "–" },
            ],
            rows: page.rows,
            onRow: (row) => row.lon !== null && ctx.map.go(row.lon, row.lat),
          }),
        page.total > page.rows.length &&
          h("p", { class: "small quiet" }, `The first ${number(page.rows.length)} of ${number(page.total)}. Choose a kind or an area to see fewer.`),
      );
    } catch (error) {
      if (!signal.aborted) replace(list, ctx.ui.problemBox(error));
    }
  }

  /** The areas once, and before the points, which lie on top of them. */
  async function drawAreas() {
    try {
      await ctx.map.ready;
      const areas = await ctx.api.get(drawn, { ...params, what: "areas" });
      if (left) return;
      ctx.map.showGeoJSON(AREAS, areas, areaLook);
      if (summary.bounds) ctx.map.fit(summary.bounds);
    } catch (error) {
      tell(error);
    }
  }

  /**
   * @param {boolean} first
   * @param {boolean} [anew]
   */
  async function draw(first, anew = first) {
    if (left || (!anew && !ofCells)) return;
    const signal = drawings.next();
    try {
      await ctx.map.ready;
      const bbox = first ? null : boxOf(ctx.map.gl.getBounds());
      const found = await ctx.api.get(drawn, { ...params, change, bbox }, { signal });
      ofCells = found.of === "cells" || (ofCells && !anew);
      ctx.map.showGeoJSON(POINTS, found, pointLook);
      document.body.dataset.difference = String(found.total);
    } catch (error) {
      tell(error);
    }
  }

  /** @param {unknown} error */
  function tell(error) {
    if (!left && !isLetGo(error)) ctx.ui.toast(String(/** @type {Error} */ (error).message), { kind: "bad" });
  }
}

/** @param {string} change */
export function changeMark(change) {
  const kind = KINDS.find(({ id }) => id === change);
  return h("span", { class: "row" }, h("span", { class: `change-mark ${change}`, "aria-hidden": "true" }, kind?.sign), kind?.label);
}

/**
 * Say in one sentence what a difference does.
 * @param {any} summary
 */
export function inWords(summary) {
  const { gained, lost, changed } = summary.addresses;
  if (gained + lost + changed === 0) return "No address changes.";
  const parts = [
    lost > 0 && [lost, lost === 1 ? "loses" : "lose"],
    gained > 0 && [gained, gained === 1 ? "gains" : "gain"],
    changed > 0 && [changed, changed === 1 ? "changes otherwise" : "change otherwise"],
  ].filter((part) => part !== false);
  const told = parts.map(([count, verb], at) => `${number(Number(count))} ${at > 0 ? "" : count === 1 ? "address " : "addresses "}${verb}`);
  return `${told.join(", ")}.`;
}

/** @param {any} row */
function before(row) {
  return row.from_class === "none" ? "not there" : row.from_class;
}

/** @param {any} row */
function after(row) {
  return row.to_class === "none" ? "gone" : row.to_class;
}

/** @param {any} areas */
function areaLine(areas) {
  const { gained, lost, changed } = areas;
  if (gained + lost + changed === 0) return h("p", { class: "small quiet" }, "No coverage area changes.");
  return h("p", { class: "small quiet" }, `Coverage areas: ${number(gained)} new, ${number(lost)} gone, ${number(changed)} changed.`);
}

/**
 * @param {import("../types.js").Ctx} ctx
 * @param {any[]} flips
 */
function flipTable({ ui }, flips) {
  return (
    flips.length > 0 &&
    ui.table({
      caption: "From class to class",
      columns: [
        { key: "from_class", label: "From", cell: (row) => before(row) },
        { key: "to_class", label: "To", cell: (row) => after(row) },
        { key: "technology", label: "Technology", cell: (row) => row.technology.replaceAll("_", " ") },
        { key: "addresses", label: "Addresses", number: true },
      ],
      rows: flips,
    })
  );
}

/**
 * @param {import("../types.js").Ctx} ctx
 * @param {any} summary
 * @param {(area: any) => void} choose
 */
function byAreaTable({ ui }, summary, choose) {
  return (
    summary.by_area.length > 0 && [
      ui.table({
        caption: "Addresses by area",
        columns: [
          { key: "area", label: "Area", cell: (row) => row.area ?? "Outside every area" },
          { key: "gained", label: "Gained", number: true },
          { key: "lost", label: "Lost", number: true },
          { key: "changed", label: "Changed", number: true },
        ],
        rows: summary.by_area,
        onRow: (row) => row.area_id !== null && choose(row),
      }),
      summary.areas_affected > summary.by_area.length &&
        h("p", { class: "small quiet" }, `The ${summary.by_area.length} areas with the most changes, of ${number(summary.areas_affected)}.`),
    ]
  );
}

function colours() {
  return ["match", ["get", "change"], "gained", colour("class-build"), "lost", colour("danger"), colour("warn")];
}

/**
 * Gained is a full dot, lost a ring, changed a small dot; each carries its sign where there is room.
 * @returns {any}
 */
function pointLook() {
  const size = ["step", ["coalesce", ["get", "count"], 1], 7, 2, 9, 20, 12, 200, 16, 2000, 21];
  return {
    fill: null,
    line: null,
    circle: {
      "circle-color": colours(),
      "circle-opacity": ["match", ["get", "change"], "lost", 0.15, 0.9],
      "circle-radius": ["match", ["get", "change"], "changed", 5, size],
      "circle-stroke-color": colours(),
      "circle-stroke-width": ["match", ["get", "change"], "lost", 3, 1.5],
    },
    label: [
      "case",
      ["has", "count"],
      ["to-string", ["get", "count"]],
      ["match", ["get", "change"], "gained", "+", "lost", "-", "~"],
    ],
  };
}

/** @returns {any} */
function areaLook() {
  return {
    fill: { "fill-color": colours(), "fill-opacity": 0.12 },
    line: { "line-color": colours(), "line-width": 2.5, "line-dasharray": ["literal", [2, 1]] },
    circle: null,
  };
}

/** @param {import("maplibre-gl").LngLatBounds} bounds */
function boxOf(bounds) {
  const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(-most, Math.min(most, value)).toFixed(6);
  return [within(bounds.getWest(), 180), within(bounds.getSouth(), 90), within(bounds.getEast(), 180), within(bounds.getNorth(), 90)].join(",");
}

/** @param {number} value */
export function number(value) {
  return value.toLocaleString("en-US");
}
