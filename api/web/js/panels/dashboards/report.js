/** What the reports of the dashboards have in common: a heading, a picture, its table, the file, and the way to the map. */

import { csvOf, saveText } from "../../core/csv.js";
import { h } from "../../core/dom.js";
import { wordsOf } from "../../core/filters.js";

/**
 * A report as the server says it.
 * @typedef {{name: string, title: string, about: string, rows: any[], columns: string[], notes: string[], left_out: number}} Report
 */

/**
 * Show a report.
 * @param {import("../../types.js").Ctx} ctx
 * @param {Report} report
 * @param {{title?: string, about?: string, chart?: import("../../core/dom.js").Children, columns: import("../../core/table.js").Column[], rows?: any[], onRow?: (row: any) => unknown, open?: boolean}} shown
 *   `rows` where the table has others than the file
 */
export function reportSection({ ui, units }, report, { title = report.title, about = report.about, chart, columns, rows = report.rows, onRow, open = false }) {
  const save = () => saveText(`${report.name}.csv`, csvOf(report.columns, report.rows));
  return h(
    "section",
    { class: "section report", "aria-label": title },
    h("h3", null, title),
    h("p", { class: "small quiet" }, about),
    report.notes.map((note) => ui.notice("info", note)),
    chart,
    h(
      "details",
      { open },
      h("summary", null, `Table, ${units.count(rows.length, "row")}`),
      rows.length ? ui.table({ caption: title, columns, rows, onRow }) : h("p", { class: "quiet" }, "Nothing to list."),
    ),
    h("div", { class: "row" }, ui.button(`Save ${title.toLowerCase()} as CSV`, save, { icon: "export", small: true })),
  );
}

/**
 * Leave the panel for the map, with these filters added to those that are set.
 * @param {import("../../types.js").Ctx} ctx
 * @param {Record<string, string>} filters
 */
export async function showOnMap({ api, view, map }, filters) {
  const added = Object.entries(filters).map(([name, value]) => [name, both(name, value)]);
  const { bounds } = await map.track(api.get("/v1/legend", { ...view.selection(), ...Object.fromEntries(added) }));
  if (bounds) map.fit(bounds);
  view.set({ ...Object.fromEntries(added.map(([name, value]) => [`filter.${name}`, value])), panel: null, item: null });
}

/**
 * The words that a filter has and a number asks for: those of both, where both have any.
 * @param {string} name
 * @param {string} value
 */
function both(name, value) {
  const set = wordsOf(name);
  const asked = value.split(/(?<!\\),/);
  const shared = asked.filter((word) => set.includes(word.replaceAll("\\,", ",")));
  return (shared.length ? shared : asked).join(",");
}

/**
 * A number that leads to the map.
 * @param {import("../../types.js").Ctx} ctx
 * @param {number} count
 * @param {string} filter a query string; empty where there is none
 * @param {string} label what the number counts
 */
export function countLink(ctx, count, filter, label) {
  const text = ctx.units.number(count);
  if (!filter || !count) return text;
  const go = () => showOnMap(ctx, Object.fromEntries(new URLSearchParams(filter)));
  return h("button", { type: "button", class: "opens figures", "aria-label": `${label}: ${text}. Show on the map`, onclick: go }, text);
}

/**
 * Escape the commas of a word, as filters want them.
 * @param {string} word
 */
export const asWord = (word) => word.replaceAll(",", "\\,");
