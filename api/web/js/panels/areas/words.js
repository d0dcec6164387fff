/** How areas and edits of them are said. */

import { h } from "../../core/dom.js";

export const CLASSES = [
  { value: "build", label: "Build" },
  { value: "pre-build", label: "Pre-build" },
];

/** @type {Record<string, string>} */
const FIELDS = {
  class: "class", name: "name", phase: "phase", technology: "technology", priority: "priority",
  expected_live_on: "expected date", expected_precision: "precision of the date", live_on: "live date",
  network_ready_on: "network ready", sales_open_on: "sales open", geometry: "shape", retired: "retired",
};

/** @param {string[]} names */
export const fieldsSaid = (names) => names.map((name) => FIELDS[name] ?? name).join(", ");

/**
 * @param {any} edit
 * @param {(id: number) => string} nameOf
 */
export function editSaid(edit, nameOf) {
  switch (edit.op) {
    case "draw":
      return `New area${edit.properties?.name ? ` "${edit.properties.name}"` : ""}, ${edit.properties?.class ?? "no class yet"}`;
    case "change": {
      const what = [...Object.keys(edit.properties ?? {}), ...(edit.geometry ? ["geometry"] : [])];
      return `${nameOf(edit.area_id)}: ${fieldsSaid(what)}`;
    }
    case "split":
      return `Split ${nameOf(edit.area_id)}`;
    case "merge":
      return `Merge ${edit.area_ids.map(nameOf).join(" and ")}`;
    case "cut":
      return `Cut a hole in ${nameOf(edit.area_id)}`;
    default:
      return `Retire ${nameOf(edit.area_id)}`;
  }
}

/**
 * A class as a mark of its own shape and colour, with its word.
 * @param {string} name
 */
export function classTag(name) {
  return h("span", { class: `class-mark ${name}` }, name === "build" ? "Build" : name === "pre-build" ? "Pre-build" : name === "none" ? "Not there" : name === "unknown" ? "Unknown" : "Out of coverage");
}

/** The fields of an area as a form has them. @param {any} said */
export function areaFields(said) {
  return /** @type {import("../../core/ui.js").Field[]} */ ([
    { name: "name", label: "Name", value: said.name ?? "", props: { maxlength: 200 } },
    { name: "class", label: "Class", type: "select", options: CLASSES, value: said.class ?? "pre-build" },
    { name: "phase", label: "Phase", value: said.phase ?? "", props: { maxlength: 200 } },
    {
      name: "technology", label: "Technology", type: "select", value: said.technology ?? "fiber",
      options: [{ value: "fiber", label: "Fiber" }, { value: "fixed_wireless", label: "Fixed wireless" }],
    },
    { name: "priority", label: "Priority", type: "number", value: said.priority ?? "", hint: "1 wins where areas of one class overlap.", props: { min: 1, step: 1 } },
    { name: "expected_live_on", label: "Expected live", type: "date", value: said.expected_live_on ?? "" },
    { name: "network_ready_on", label: "Network ready", type: "date", value: said.network_ready_on ?? "" },
    { name: "sales_open_on", label: "Sales open", type: "date", value: said.sales_open_on ?? "" },
  ]);
}

/**
 * What of a form is other than it was.
 * @param {Record<string, any>} values
 * @param {any} before
 */
export function changedFields(values, before) {
  /** @type {Record<string, any>} */
  const changed = {};
  for (const [name, value] of Object.entries(values)) {
    const said = value === "" ? null : value;
    if (said !== (before[name] ?? null)) changed[name] = said;
  }
  return changed;
}
