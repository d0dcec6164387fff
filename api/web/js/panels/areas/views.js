/** What the areas panel shows: the edits of a draft, the list, one area, and what is being drawn. */

import { h } from "../../core/dom.js";
import { classTag, editSaid, fieldsSaid } from "./words.js";

/** @typedef {import("../areas.js").Desk} Desk */

const TYPES_MS = 250;

/**
 * @param {Desk} desk
 * @param {any} edit
 * @param {number} index
 */
export function editView(desk, edit, index) {
  const { ui } = desk.ctx;
  const drawn = edit.op === "draw";
  const said = editSaid(edit, (id) => desk.nameOf(id));
  return h(
    "li",
    { class: "row wrap" },
    h("span", { class: "grow" }, said),
    drawn && ui.button(`Details of ${said}`, () => desk.details(index), { small: true, icon: "settings", hideLabel: true }),
    edit.geometry && ui.button(`Corners of ${said}`, () => desk.reshape(index), { small: true, icon: "draw", hideLabel: true }),
    ui.button(`Remove ${said}`, () => desk.draft.take(desk.draft.edits.filter((_, at) => at !== index)), { small: true, icon: "trash", hideLabel: true }),
  );
}

/** @param {Desk} desk */
export function keptView(desk) {
  const { ui, units } = desk.ctx;
  if (!desk.kept?.length) return null;
  return h(
    "section",
    { class: "section", "aria-label": "Your drafts" },
    h("h3", null, "Your drafts"),
    desk.kept.map((/** @type {any} */ draft) =>
      h("div", { class: "row wrap" }, h("span", { class: "grow" }, `${units.count(draft.edits.length, "edit")}, saved ${units.time(draft.saved_at)}`), ui.button("Go on", () => (desk.draft.open(draft), desk.look()), { small: true })),
    ),
  );
}

/**
 * @param {Desk} desk
 * @param {any} stale
 */
export function staleView(desk, stale) {
  const { ui, units } = desk.ctx;
  const [last] = stale.changes;
  return ui.notice(
    "warn",
    h("strong", null, `${desk.nameOf(stale.area_id)} has changed since you began.`),
    h("span", null, `You edited version ${stale.base}; ${stale.now ? `it is now in version ${stale.now}` : "it is gone"}.`),
    last && h("span", null, ` ${last.author} changed its ${fieldsSaid(last.changed)}${last.at ? ` on ${units.time(last.at)}` : ""}.`),
    h(
      "div",
      { class: "row wrap" },
      stale.now && ui.button("Edit it as it is now", () => desk.draft.rebase({ [stale.area_id]: stale.now }), { small: true }),
      ui.button("Drop my edits of it", () => desk.drop(stale.area_id), { small: true }),
    ),
  );
}

/**
 * What areas are found by, over those that are; it is made once, since whoever types in it is not to lose a letter.
 * @param {Desk} desk
 */
export function finderView(desk) {
  const search = h("input", { class: "input", type: "search", "aria-label": "Find areas", placeholder: "Name, phase or id" });
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ((desk.filter.text = search.value), desk.list()), TYPES_MS);
  });
  const chosen = h("select", { class: "input", "aria-label": "Class of areas", onchange: () => ((desk.filter.class = chosen.value), desk.list()) },
    [["", "Any class"], ["build", "Build"], ["pre-build", "Pre-build"]].map(([value, label]) => h("option", { value }, label)));
  return h("section", { class: "section" }, h("div", { class: "row" }, search, chosen), desk.places.rows);
}

/** @param {Desk} desk */
export function rowsView(desk) {
  const { ui, units, view } = desk.ctx;
  const rows = desk.listed.features.map((/** @type {any} */ feature) => feature.properties);
  const nothing = desk.filter.text || desk.filter.class
    ? ui.empty({ title: "No area is like that", body: "Change what you look for." })
    : ui.empty({ title: "No areas yet", body: "Draw the first one, or bring in a plan." });
  return [
    rows.length
      ? ui.table({
          caption: "Areas",
          columns: [
            { key: "name", label: "Name", cell: (row) => row.name ?? `Area ${row.area_id}` },
            { key: "class", label: "Class", cell: (row) => classTag(row.class) },
            { key: "phase", label: "Phase" },
            { key: "size_m2", label: "Size", number: true, cell: (row) => units.area(row.size_m2 ?? 0) },
          ],
          rows,
          onRow: (row) => view.set({ item: row.area_id }),
        })
      : nothing,
    desk.listed.total > rows.length && h("p", { class: "small quiet" }, `${units.number(rows.length)} of ${units.number(desk.listed.total)} areas; find the others by name.`),
  ];
}

/** @param {Desk} desk */
export function areaView(desk) {
  const { ui, units } = desk.ctx;
  const said = desk.area.properties;
  const here = desk.others.filter((other) => other.area_ids.includes(desk.area.id));
  const facts = /** @type {[string, any][]} */ ([
    ["Class", classTag(said.class)],
    ["Phase", said.phase ?? "–"],
    ["Technology", said.technology === "fiber" ? "Fiber" : "Fixed wireless"],
    ["Priority", said.priority ?? "–"],
    ["Expected live", units.date(said.expected_live_on)],
    ["Network ready", units.date(said.network_ready_on)],
    ["Sales open", units.date(said.sales_open_on)],
    ["Size", units.area(said.size_m2 ?? 0)],
    ["From", said.source ?? "Drawn by a person"],
    ["Version", said.version],
  ]);
  return [
    desk.back(),
    h("h3", null, said.name ?? `Area ${said.area_id}`),
    here.map((other) => ui.notice("warn", `${other.author} is editing this area too; last saved ${units.time(other.saved_at)}.`)),
    said.edited.length > 0 && ui.notice("info", `A person's word stands over the source's: ${fieldsSaid(said.edited)}.`),
    h("dl", { class: "facts" }, facts.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)])),
    desk.may && actions(desk),
    h(
      "section",
      { class: "section" },
      h("h3", null, "History"),
      ui.table({
        caption: "History of the area",
        columns: [
          { key: "version", label: "Version", number: true },
          { key: "author", label: "Who" },
          { key: "changed", label: "What", cell: (row) => fieldsSaid(row.changed) },
          { key: "created_at", label: "When", cell: (row) => units.time(row.created_at) },
        ],
        rows: desk.versions,
      }),
    ),
  ];
}

/** @param {Desk} desk */
function actions(desk) {
  const { ui } = desk.ctx;
  const id = desk.area.id;
  return h(
    "div",
    { class: "row wrap", role: "group", "aria-label": "Edit this area" },
    ui.button("Edit details", () => desk.editDetails()),
    ui.button("Move corners", () => desk.moveCorners()),
    ui.button("Type corners", () => desk.typeCorners("Corners", desk.shapeNow(), (geometry) => desk.change({ geometry }))),
    ui.button("Split by a line", () => desk.draw("line", desk.split), { icon: "cut" }),
    ui.button("Type a line", () => desk.typeLine()),
    ui.button("Cut a hole", () => desk.draw("polygon", desk.cut)),
    ui.button("Merge with another", () => desk.merge()),
    ui.button("Retire", () => desk.add({ op: "retire", area_id: id }), { kind: "danger" }),
  );
}

/** @param {Desk} desk */
export function drawingView(desk) {
  const { ui } = desk.ctx;
  const { mode, told, last } = desk.pen.now;
  const hint = mode === "select" ? "Drag corners; drag a midpoint to add one. Then take the shape." : mode === "rectangle" ? "Click one corner, then the one across." : mode === "line" ? "Click along the line; click the last place again to end it." : "Click the corners; click the first one again to close it.";
  return h(
    "section",
    { class: "section", "aria-label": "Drawing" },
    h("h3", null, "Drawing"),
    h("p", null, hint),
    told && (told.valid ? ui.notice("good", "This is an area.") : ui.notice("bad", told.faults.map((/** @type {any} */ fault) => h("div", null, fault.message)))),
    told?.overlaps.length > 0 && ui.notice("warn", `It lies over ${told.overlaps.map((/** @type {any} */ other) => `${other.name ?? other.area_id}${other.sliver ? " (a sliver)" : ""}`).join(", ")}.`),
    h(
      "div",
      { class: "row wrap" },
      mode === "select" && ui.button("Take the shape", () => desk.pen.finish(last), { kind: "primary", props: { disabled: told?.valid === false } }),
      ui.button("Stop drawing", () => desk.pen.stop()),
    ),
  );
}
