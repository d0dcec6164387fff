/** How good the data is: what is missing or doubtful, what each source holds, and how old it is. */

import { barChart } from "../../core/charts.js";
import { countLink, reportSection } from "./report.js";

/** @param {import("../../types.js").Ctx} ctx */
export async function qualityTab(ctx) {
  const [quality, sources] = await Promise.all(["quality", "sources"].map((name) => ctx.api.get(`/v1/reports/${name}`, ctx.view.selection())));
  return [checks(ctx, quality), bySource(ctx, sources)];
}

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {import("./report.js").Report} report
 */
function checks(ctx, report) {
  const { units } = ctx;
  return reportSection(ctx, report, {
    open: true,
    about: "Of the addresses that the filters choose, and of all records that were read.",
    columns: [
      { key: "label", label: "What" },
      { key: "count", label: "How many", number: true, cell: (row) => countLink(ctx, row.count, row.filter, row.label) },
      { key: "share", label: "Share", number: true, cell: (row) => (row.share === null ? "–" : units.share(row.share)) },
      { key: "about", label: "Of", cell: (row) => (row.of === null ? "–" : `${units.number(row.of)} ${row.about}`) },
      { key: "definition", label: "What it means" },
    ],
  });
}

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {import("./report.js").Report} report
 */
function bySource(ctx, report) {
  const { units } = ctx;
  const bars = report.rows
    .filter((row) => row.addresses > 0)
    .map((row) => ({ label: row.source, said: row.source, end: units.share(row.share), parts: [{ label: "Addresses", look: "look-1", value: row.addresses }] }));
  return reportSection(ctx, report, {
    about: "An address counts for the source whose record names and places it.",
    chart: bars.length > 0 && barChart({ bars, most: bars.reduce((sum, { parts }) => sum + parts[0].value, 0) }),
    columns: [
      { key: "source", label: "Source" },
      { key: "addresses", label: "Addresses", number: true },
      { key: "read", label: "Rows read", number: true },
      { key: "quarantined", label: "Quarantined", number: true },
      { key: "set_aside", label: "Set aside", number: true },
      { key: "age_days", label: "Age", number: true, cell: (row) => units.count(row.age_days, "day") },
      { key: "looked_at", label: "Last read", cell: (row) => units.time(row.looked_at) },
      { key: "licence", label: "Licence" },
    ],
  });
}
