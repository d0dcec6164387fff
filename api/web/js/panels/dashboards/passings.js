/** Passings over time: what every plan version made of them, and beside it, marked as planned, what the dates promise. */

import { stepChart } from "../../core/charts.js";
import { h, replace } from "../../core/dom.js";
import { makeTurns } from "../../core/wanted.js";
import { CLASSES } from "../../core/words.js";
import { reportSection } from "./report.js";

const MOST_PHASES = 5;
const LOOKS = ["look-1", "look-2", "look-3", "look-4", "look-5", "look-6"];
const DAY = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" });
const COUNTS = [
  { value: "units", label: "Units" },
  { value: "addresses", label: "Addresses" },
];
const LINES = [
  { value: "class", label: "Class" },
  { value: "phase", label: "Phase, homes passed" },
];
const TECHNOLOGIES = [
  { value: "fiber", label: "Fiber" },
  { value: "fixed_wireless", label: "Fixed wireless" },
];

/** @param {import("../../types.js").Ctx} ctx */
export async function passingsTab(ctx) {
  const { api, view } = ctx;
  const chosen = { count: "units", lines: "class", technology: "fiber" };
  const place = h("div", { class: "stack" });
  const turns = makeTurns();

  async function load() {
    const signal = turns.next();
    const asked = { ...view.selection(), of_technology: chosen.technology };
    const [passings, expected] = await Promise.all([
      api.get("/v1/reports/passings", { ...asked, step: "day" }, { signal }),
      api.get("/v1/reports/expected", asked, { signal }),
    ]);
    replace(place, history(ctx, passings, expected, chosen), planned(ctx, expected));
  }

  /**
   * @param {string} label
   * @param {"count" | "lines" | "technology"} name
   * @param {{value: string, label: string}[]} options
   */
  const choice = (label, name, options) => {
    const select = h("select", { class: "input", onchange: () => ((chosen[name] = select.value), load()) }, options.map(({ value, label: text }) => h("option", { value }, text)));
    return h("label", { class: "field" }, label, select);
  };
  await load();
  return [h("div", { class: "row wrap" }, choice("Count", "count", COUNTS), choice("Lines", "lines", LINES), choice("Technology", "technology", TECHNOLOGIES)), place];
}

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {import("./report.js").Report} report
 * @param {import("./report.js").Report} expected
 * @param {{count: string, lines: string}} chosen
 */
function history(ctx, report, expected, { count, lines }) {
  const today = Date.now();
  const moments = momentsOf(report.rows);
  const drawn = lines === "class" ? classLines(moments, expected.rows, count, today) : phaseLines(moments, expected.rows, count, today);
  const now = drawn.map(({ label, past, planned: ahead }) => `${label} ${past.at(-1)?.y.toLocaleString("en-US")}${ahead.length ? `, planned ${ahead.at(-1)?.y.toLocaleString("en-US")}` : ""}`);
  return reportSection(ctx, report, {
    about: "Each step is a plan version, the last one of its day; nothing is estimated. What is planned is dashed.",
    chart: moments.length > 0 && stepChart({ lines: drawn, today, said: `${count === "units" ? "Units" : "Addresses"} today: ${now.join("; ")}`, date: (time) => DAY.format(time) }),
    rows: moments.map(({ version, happened_at, label, rows }) => ({ version, happened_at, label, ...Object.fromEntries(CLASSES.map(({ id }) => [id, sum(rows, count, (row) => row.class === id)])) })),
    columns: [
      { key: "version", label: "Version", number: true },
      { key: "happened_at", label: "When", cell: (row) => ctx.units.time(row.happened_at) },
      { key: "label", label: "What" },
      ...CLASSES.map(({ id, label }) => ({ key: id, label, number: true })),
    ],
  });
}

/** @param {any[]} rows */
function momentsOf(rows) {
  const moments = new Map();
  for (const row of rows) {
    if (!moments.has(row.version)) moments.set(row.version, { version: row.version, happened_at: row.happened_at, label: row.label, x: Date.parse(row.happened_at), rows: [] });
    moments.get(row.version).rows.push(row);
  }
  return [...moments.values()];
}

/**
 * @param {any[]} rows
 * @param {string} count
 * @param {(row: any) => boolean} which
 */
const sum = (rows, count, which) => rows.filter(which).reduce((total, row) => total + row[count], 0);

/**
 * @param {any[]} moments
 * @param {any[]} expected
 * @param {string} count
 * @param {number} today
 */
function classLines(moments, expected, count, today) {
  return CLASSES.slice(0, 2).map(({ id, label, look }, index) => {
    const past = moments.map(({ x, rows }) => ({ x, y: sum(rows, count, (row) => row.class === id) }));
    return { label, look, past, planned: ahead(past, expected, count, today, index === 0 ? 1 : -1) };
  });
}

/**
 * @param {any[]} moments
 * @param {any[]} expected
 * @param {string} count
 * @param {number} today
 */
function phaseLines(moments, expected, count, today) {
  const all = [...new Set([...moments.flatMap(({ rows }) => rows), ...expected].map((row) => row.phase))].filter((phase) => phase !== null).sort();
  const shown = all.slice(0, MOST_PHASES);
  const others = all.length > shown.length ? [{ label: "Other phases", holds: (/** @type {any} */ row) => row.phase !== null && !shown.includes(row.phase) }] : [];
  return [...shown.map((phase) => ({ label: phase, holds: (/** @type {any} */ row) => row.phase === phase })), ...others].map(({ label, holds }, index) => {
    const past = moments.map(({ x, rows }) => ({ x, y: sum(rows, count, (row) => row.class === "build" && holds(row)) }));
    return { label, look: LOOKS[index], past, planned: ahead(past, expected.filter(holds), count, today, 1) };
  });
}

/**
 * What is expected, added to what there is today; what is late is expected now, and what has no date never.
 * @param {{x: number, y: number}[]} past
 * @param {any[]} expected
 * @param {string} count
 * @param {number} today
 * @param {1 | -1} sign
 */
function ahead(past, expected, count, today, sign) {
  let y = past.at(-1)?.y ?? 0;
  return expected
    .filter((row) => row.expected_on !== null)
    .map((row) => ({ x: Math.max(today, Date.parse(row.expected_on)), by: row[count] }))
    .sort((a, b) => a.x - b.x)
    .map(({ x, by }) => ({ x, y: (y += sign * by) }));
}

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {import("./report.js").Report} report
 */
function planned(ctx, report) {
  return reportSection(ctx, report, {
    columns: [
      { key: "expected_on", label: "Expected", cell: (row) => [ctx.units.date(row.expected_on), row.is_late && h("span", { class: "tag warn" }, "late")] },
      { key: "precision", label: "As precise as" },
      { key: "phase", label: "Phase" },
      { key: "units", label: "Units", number: true },
      { key: "addresses", label: "Addresses", number: true },
    ],
  });
}
