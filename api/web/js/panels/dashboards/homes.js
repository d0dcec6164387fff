/** Homes passed, serviceable, orderable and connected, with what each word counts; and the same by phase. */

import { barChart } from "../../core/charts.js";
import { h } from "../../core/dom.js";
import { CLASSES, said } from "../../core/words.js";
import { asWord, countLink, reportSection, showOnMap } from "./report.js";

/** @param {import("../../types.js").Ctx} ctx */
export async function homesTab(ctx) {
  const [homes, phases] = await Promise.all(["homes", "phases"].map((name) => ctx.api.get(`/v1/reports/${name}`, ctx.view.selection())));
  return [measures(ctx, homes), byPhase(ctx, phases)];
}

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {import("./report.js").Report} report
 */
function measures(ctx, report) {
  const { units } = ctx;
  const cards = report.rows.map((row) =>
    h(
      "li",
      { class: "measure" },
      h("h4", null, row.label),
      h("p", { class: "large figures" }, units.count(row.units, "unit")),
      h("p", { class: "small" }, countLink(ctx, row.addresses, row.filter, row.label), ` ${row.addresses === 1 ? "address" : "addresses"}, ${units.count(row.structures, "structure")}`),
      row.share !== null && row.measure !== "serviceable" && h("p", { class: "small quiet" }, `${units.share(row.share)} of the serviceable units`),
      h("p", { class: "small" }, row.definition),
      h("p", { class: "small quiet" }, row.standard),
    ),
  );
  return reportSection(ctx, report, {
    about: "A unit is what one sells to; an address may hold several, and a structure several addresses.",
    chart: h("ul", { class: "measures" }, cards),
    columns: [
      { key: "label", label: "What" },
      { key: "units", label: "Units", number: true },
      { key: "addresses", label: "Addresses", number: true, cell: (row) => countLink(ctx, row.addresses, row.filter, row.label) },
      { key: "structures", label: "Structures", number: true },
      { key: "share", label: "Of serviceable", number: true, cell: (row) => (row.share === null ? "–" : units.share(row.share)) },
    ],
  });
}

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {import("./report.js").Report} report
 */
function byPhase(ctx, report) {
  const { units } = ctx;
  const named = [...new Set(report.rows.map((row) => row.phase))].filter((phase) => phase !== null);
  const bars = named.map((phase) => ({
    label: h("button", { type: "button", class: "opens", onclick: () => showOnMap(ctx, { phase: asWord(phase) }) }, phase),
    said: phase,
    parts: CLASSES.flatMap(({ id, label, look }) => {
      const row = report.rows.find((each) => each.phase === phase && each.class === id);
      return row ? [{ label, look, value: row.units }] : [];
    }),
  }));
  return reportSection(ctx, report, {
    title: "Units by phase",
    chart: bars.length ? barChart({ bars }) : h("p", { class: "quiet" }, "No area of the plan names a phase."),
    columns: [
      { key: "phase", label: "Phase", cell: (row) => row.phase ?? "No phase" },
      { key: "class", label: "Class", cell: (row) => said(row.class) },
      { key: "units", label: "Units", number: true },
      { key: "addresses", label: "Addresses", number: true, cell: (row) => countLink(ctx, row.addresses, row.phase ? filterOf(row) : "", `${row.phase}, ${said(row.class)}`) },
      { key: "orderable_units", label: "Orderable", number: true },
      { key: "connected", label: "Connected", number: true },
      { key: "expected_from", label: "Expected", cell: (row) => expected(units, row) },
    ],
  });
}

/** @param {any} row */
const filterOf = (row) => new URLSearchParams({ phase: asWord(row.phase), class: row.class }).toString();

/**
 * @param {import("../../types.js").Ctx["units"]} units
 * @param {any} row
 */
function expected(units, { expected_from: from, expected_to: to }) {
  return from === to ? units.date(from) : `${units.date(from)} to ${units.date(to)}`;
}
