/** What was brought in and taken back, when and by whom. */

import { barChart } from "../../core/charts.js";
import { said } from "../../core/words.js";
import { reportSection } from "./report.js";

const MOST_BARS = 12;
const ENDS = [
  { key: "ingested", label: "Ingested", look: "look-1" },
  { key: "repaired", label: "Repaired", look: "look-3" },
  { key: "set_aside", label: "Set aside", look: "look-5" },
  { key: "quarantined", label: "Quarantined", look: "look-2" },
];

/** @param {import("../../types.js").Ctx} ctx */
export async function ingestsTab(ctx) {
  const { api, units, view } = ctx;
  const report = await api.get("/v1/reports/ingests");
  const bars = report.rows
    .filter((/** @type {any} */ row) => row.read)
    .slice(0, MOST_BARS)
    .map((/** @type {any} */ row) => ({
      label: `Version ${row.version}`,
      said: `Version ${row.version}, ${row.label}`,
      parts: ENDS.map(({ key, label, look }) => ({ label, look, value: row[key] })),
    }));
  const shown = reportSection(ctx, report, {
    open: true,
    chart: bars.length > 0 && barChart({ bars }),
    onRow: (row) => row.version !== null && view.set({ panel: "versions", item: row.version }),
    columns: [
      { key: "happened_at", label: "When", cell: (row) => units.time(row.happened_at) },
      { key: "what", label: "What", cell: (row) => said(row.what) },
      { key: "state", label: "State", cell: (row) => said(row.state) },
      { key: "version", label: "Version", number: true },
      { key: "label", label: "About" },
      { key: "author", label: "Who" },
      { key: "read", label: "Rows read", number: true },
      { key: "quarantined", label: "Quarantined", number: true },
    ],
  });
  return [shown];
}
