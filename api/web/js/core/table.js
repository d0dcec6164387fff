/** A table that sorts by its headings. */

import { h, replace } from "./dom.js";

/**
 * @typedef {object} Column
 * @property {string} key
 * @property {string} label
 * @property {boolean} [number] aligned right
 * @property {(row: any) => import("./dom.js").Children} [cell]
 * @property {(row: any) => any} [sort]
 */

/**
 * A table; headings sort, and a row that leads somewhere can be reached by keyboard through its first cell.
 * @param {{columns: Column[], rows: any[], caption: string, onRow?: (row: any) => unknown, isCurrent?: (row: any) => boolean, showCaption?: boolean}} given
 */
export function table({ columns, rows, caption, onRow, isCurrent, showCaption = false }) {
  const body = h("tbody", null);
  const heads = columns.map((column) =>
    h(
      "th",
      { scope: "col", class: column.number ? "number" : "" },
      h("button", { type: "button", onclick: () => sortBy(column) }, column.label),
    ),
  );
  /** @type {{column: Column | null, down: boolean}} */
  const order = { column: null, down: false };

  /** @param {Column} column */
  function sortBy(column) {
    order.down = order.column === column ? !order.down : Boolean(column.number);
    order.column = column;
    heads.forEach((head, index) => {
      if (columns[index] === column) head.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    fill();
  }

  function fill() {
    const { column, down } = order;
    const valueOf = column ? (column.sort ?? ((/** @type {any} */ row) => row[column.key])) : null;
    const sorted = valueOf ? [...rows].sort((a, b) => compare(valueOf(a), valueOf(b)) * (down ? -1 : 1)) : rows;
    replace(body, sorted.map((row) => rowElement(row)));
  }

  /** @param {any} row */
  function rowElement(row) {
    const cells = columns.map((column, index) => {
      const content = column.cell ? column.cell(row) : text(row[column.key]);
      const opens = onRow && index === 0;
      return h(
        "td",
        { class: column.number ? "number" : "" },
        opens ? h("button", { type: "button", class: "opens", onclick: (/** @type {Event} */ event) => (event.stopPropagation(), onRow(row)) }, content) : content,
      );
    });
    return h(
      "tr",
      { class: onRow ? "goes" : "", "aria-current": isCurrent?.(row) ? "true" : null, onclick: onRow ? () => onRow(row) : null },
      cells,
    );
  }

  fill();
  return h(
    "div",
    { class: "table-frame", role: "region", "aria-label": caption, tabindex: "0" },
    h("table", { class: "table" }, h("caption", { class: showCaption ? "" : "only-read" }, caption), h("thead", null, h("tr", null, heads)), body),
  );
}

/** @param {any} value */
function text(value) {
  if (value === null || value === undefined) return "–";
  return typeof value === "number" ? value.toLocaleString("en-US") : String(value);
}

/**
 * @param {any} a
 * @param {any} b
 */
function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}
