/** A table as a CSV file, for spreadsheets. */

import { h } from "./dom.js";

const FORMULA = /^[=+\-@\t\r]/;

/**
 * Write rows as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before it.
 * @param {string[]} columns
 * @param {any[]} rows
 */
export function csvOf(columns, rows) {
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))];
  return lines.map((cells) => cells.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** @param {any} value */
function cell(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Have the browser save a text as a file.
 * @param {string} name
 * @param {string} text
 */
export function saveText(name, text) {
  const href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  h("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}
