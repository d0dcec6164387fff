/** The filters: what each is called, and what it is set to, as the view has it. */

import { units } from "./units.js";
import { view } from "./view.js";
import { said } from "./words.js";

/**
 * @typedef {object} Filter
 * @property {string} name as in the query string
 * @property {string} label
 * @property {"words" | "truth" | "date" | "text"} kind
 */

/** @type {Filter[]} */
export const FILTERS = [
  { name: "class", label: "Class", kind: "words" },
  { name: "phase", label: "Phase", kind: "words" },
  { name: "technology", label: "Technology", kind: "words" },
  { name: "orderable", label: "Orderable", kind: "truth" },
  { name: "connectivity", label: "Connectivity", kind: "words" },
  { name: "kind", label: "Type", kind: "words" },
  { name: "held", label: "On hold", kind: "truth" },
  { name: "serviceable", label: "Serviceable", kind: "truth" },
  { name: "flag", label: "Flag", kind: "words" },
  { name: "expected_from", label: "Expected from", kind: "date" },
  { name: "expected_to", label: "Expected until", kind: "date" },
  { name: "territory", label: "Place", kind: "words" },
  { name: "text", label: "Address contains", kind: "text" },
  { name: "area", label: "Area", kind: "text" },
  { name: "polygon", label: "Drawn area", kind: "text" },
  { name: "ids", label: "Chosen addresses", kind: "text" },
];

/**
 * The words that a filter is set to; a comma within a word has a backslash before it.
 * @param {string} name
 * @returns {string[]}
 */
export function wordsOf(name) {
  const text = view.get(`filter.${name}`);
  return text ? text.split(/(?<!\\),/).map((word) => word.replaceAll("\\,", ",")) : [];
}

/**
 * @param {string} name
 * @param {string[]} words
 */
export function setWords(name, words) {
  view.set({ [`filter.${name}`]: words.map((word) => word.replaceAll(",", "\\,")).join(",") });
}

/** Take all filters away. */
export function clearFilters() {
  view.set(Object.fromEntries(FILTERS.map(({ name }) => [`filter.${name}`, null])));
}

/** The filters that are set, each with what it says. */
export function active() {
  return FILTERS.flatMap((filter) => {
    const value = view.get(`filter.${filter.name}`);
    return value ? [{ ...filter, says: `${filter.label}: ${shown(filter, value)}` }] : [];
  });
}

/**
 * @param {Filter} filter
 * @param {string} value
 */
function shown({ name, kind }, value) {
  if (kind === "truth") return value === "true" ? "yes" : "no";
  if (kind === "date") return units.date(value);
  if (kind === "words") {
    const words = wordsOf(name);
    return words.length > 2 ? `${said(words[0])} and ${words.length - 1} more` : words.map(said).join(", ");
  }
  return name === "text" ? `“${value}”` : units.number(value.split(",").length);
}
