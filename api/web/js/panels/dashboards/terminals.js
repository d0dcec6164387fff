/** How full terminals are where their ports are recorded, and how many units each would serve where not. */

import { barChart } from "../../core/charts.js";
import { said } from "../../core/words.js";
import { reportSection } from "./report.js";

/** @param {import("../../types.js").Ctx} ctx */
export async function terminalsTab(ctx) {
  const [ports, terminals] = await Promise.all(["ports", "terminals"].map((name) => ctx.api.get(`/v1/reports/${name}`, ctx.view.selection())));
  return [byPhase(ctx, ports), each(ctx, terminals)];
}

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {import("./report.js").Report} report
 */
function byPhase(ctx, report) {
  const { units } = ctx;
  const bars = report.rows
    .filter((row) => row.recorded > 0)
    .map((row) => ({
      label: `${row.phase ?? "No phase"}, ${said(row.class)}`,
      said: row.phase ?? "No phase",
      end: units.share(row.utilisation),
      parts: [
        { label: "Used ports", look: "look-1", value: row.ports_used },
        { label: "Free ports", look: "look-5", value: row.ports_total - row.ports_used },
      ],
    }));
  return reportSection(ctx, report, {
    chart: bars.length > 0 && barChart({ bars }),
    columns: [
      { key: "phase", label: "Phase" },
      { key: "class", label: "Class", cell: (row) => said(row.class) },
      { key: "terminals", label: "Terminals", number: true },
      { key: "recorded", label: "With ports", number: true },
      { key: "ports_total", label: "Ports", number: true },
      { key: "ports_used", label: "Used", number: true },
      { key: "utilisation", label: "Full", number: true, cell: (row) => (row.utilisation === null ? "–" : units.share(row.utilisation)) },
      { key: "full", label: "Full terminals", number: true },
      { key: "units", label: "Units", number: true },
    ],
  });
}

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {import("./report.js").Report} report
 */
function each(ctx, report) {
  const { map, units, view } = ctx;
  return reportSection(ctx, { ...report, notes: [] }, {
    open: true,
    onRow: (row) => (map.go(row.lon, row.lat), view.set({ panel: null, item: null })),
    columns: [
      { key: "name", label: "Terminal", cell: (row) => row.name ?? `Terminal ${row.feature_id}` },
      { key: "phase", label: "Phase" },
      { key: "ports_total", label: "Ports", number: true },
      { key: "ports_used", label: "Used", number: true },
      { key: "utilisation", label: "Full", number: true, cell: (row) => (row.utilisation === null ? "–" : units.share(row.utilisation)) },
      { key: "units", label: "Units", number: true },
      { key: "active", label: "Active", number: true },
    ],
  });
}
