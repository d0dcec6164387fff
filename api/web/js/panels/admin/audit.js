/** The audit log: who changed what, by which way, when, and how it was before and after. */

import { h, replace } from "../../core/dom.js";
import { said } from "../../core/words.js";
import { fill } from "./shared.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

const PAGE = 50;
const WAYS = { screen: "a screen", http: "a program", cli: "the command line", python: "Python", server: "the server itself" };

/**
 * @param {HTMLElement} root
 * @param {Ctx} ctx
 */
export function audit(root, ctx) {
  const { api, ui, units } = ctx;
  const list = h("div", { class: "stack", "aria-live": "polite" });
  const place = h("div", { class: "stack" });
  root.append(place, list);
  /** @type {Record<string, any>} */
  let wanted = {};
  search(wanted).then((commands) => ask(commands));

  /** @param {string[]} commands */
  function ask(commands) {
    const form = ui.form(
      [
        { name: "who", label: "Who", hint: "A name, or server." },
        { name: "what", label: "Command", type: "select", options: [{ value: "", label: "Any" }, ...commands.map((value) => ({ value, label: said(value) }))] },
        { name: "subject", label: "What it was about", hint: "Any part of it." },
        { name: "from", label: "From", type: "date" },
        { name: "to", label: "To", type: "date" },
      ],
      { label: "Search", submit: (given) => search(given) },
    );
    form.classList.add("audit-search");
    replace(place, h("details", null, h("summary", null, "Search the log"), form));
  }

  /** @param {Record<string, any>} given */
  async function search(given) {
    wanted = given;
    /** @type {string[]} */
    let commands = [];
    await fill(list, ctx, async () => {
      const told = await api.get("/v1/audit", { ...wanted, limit: PAGE });
      commands = told.commands;
      return page(told);
    });
    return commands;
  }

  /**
   * @param {any} told
   * @returns {import("../../core/dom.js").Children}
   */
  function page(told) {
    if (!told.entries.length) return ui.empty({ title: "Nothing on record", body: "No change fits what you asked for." });
    const save = h("a", { class: "button small", href: api.withParams("/v1/audit.csv", wanted), download: "audit.csv" }, "Save as CSV");
    const older = told.next && ui.button("Older", () => fill(list, ctx, async () => page(await api.get("/v1/audit", { ...wanted, limit: PAGE, older_than: told.next }))));
    return [
      h("div", { class: "row wrap" }, save),
      ui.table({
        caption: "Changes, newest first",
        columns: [
          { key: "happened_at", label: "When", cell: (row) => units.time(row.happened_at) },
          { key: "actor", label: "Who" },
          { key: "command", label: "Command", cell: (row) => said(row.command) },
          { key: "subject", label: "About", cell: (row) => h("span", { class: "break" }, row.subject) },
        ],
        rows: told.entries,
        onRow: show,
      }),
      h("div", { class: "row wrap" }, older, wanted.older_than && ui.button("Newest", () => search(wanted))),
    ];
  }

  /** @param {any} entry */
  async function show(entry) {
    const way = WAYS[/** @type {keyof typeof WAYS} */ (entry.way)];
    await ui.dialog(
      `${said(entry.command)}: ${entry.subject}`,
      (close) => [
        h(
          "dl",
          { class: "facts" },
          h("dt", null, "Who"), h("dd", null, `${entry.actor} (${entry.actor_id}), by ${way}`),
          h("dt", null, "When"), h("dd", null, units.time(entry.happened_at)),
          entry.plan_version !== null && [h("dt", null, "Plan version"), h("dd", null, entry.plan_version)],
        ),
        differences(entry),
        h("div", { class: "buttons" }, ui.button("Close", () => close(null))),
      ],
      { wide: true },
    );
  }

  /** @param {any} entry */
  function differences(entry) {
    const rows = rowsOf(entry);
    if (!rows.length) return null;
    return ui.table({
      caption: "Before and after",
      columns: [
        { key: "of", label: "Of" },
        { key: "name", label: "What", cell: (row) => said(row.name) },
        { key: "before", label: "Before", cell: (row) => h("span", { class: "break" }, row.before) },
        { key: "after", label: "After", cell: (row) => h("span", { class: "break" }, row.after) },
      ],
      rows,
    });
  }
}

/**
 * Lay what was before beside what is after, value by value.
 * @param {{before: any[], after: any[]}} entry
 */
function rowsOf({ before, after }) {
  /** @type {Map<string, {of: string, name: string, before: string, after: string}>} */
  const rows = new Map();
  for (const [side, told] of /** @type {const} */ ([["before", before], ["after", after]])) {
    for (const { what, which, values, more } of told) {
      const of = more ? `${more} more` : `${what} ${which}`.trim();
      for (const [name, value] of Object.entries(values ?? { left_out: more })) {
        const key = `${of}\n${name}`;
        const row = rows.get(key) ?? { of, name, before: "–", after: "–" };
        rows.set(key, { ...row, [side]: String(value) });
      }
      if (values && !Object.keys(values).length && !rows.has(`${of}\n`)) rows.set(`${of}\n`, { of, name: "", before: side === "before" ? "there" : "–", after: side === "after" ? "there" : "–" });
    }
  }
  return [...rows.values()];
}
