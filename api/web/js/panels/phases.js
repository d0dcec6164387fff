/** Phases: how far each is, what opening one sets off, and for how long that can still be called off. */

import { h, replace } from "../core/dom.js";
import { makeTurns } from "../core/wanted.js";
import { makeOpening } from "./phases/opening.js";
import { recallBox } from "./phases/recall.js";
import { makeSlip } from "./phases/slip.js";
import { byClass, expectedOf } from "./phases/words.js";

/** @typedef {import("../types.js").Ctx} Ctx */

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "phases",
  title: "Phases",
  icon: "phases",
  scope: "read",
  group: "plan",
  wide: true,
  mount(root, ctx) {
    const { api, map, ui, view } = ctx;
    const recall = recallBox(ctx, changed);
    const body = h("div", { class: "stack" });
    root.append(h("div", { class: "stack" }, recall.element, body));
    const turns = makeTurns();

    async function show() {
      const signal = turns.next();
      map.draw.stop();
      body.inert = true; // nobody begins a form there that would be taken away under their hands
      const found = await read(signal).catch(ui.problemBox);
      if (signal.aborted) return;
      replace(body, found);
      body.inert = false;
    }

    /** @param {AbortSignal} signal */
    async function read(signal) {
      const told = await api.get("/v1/phases", undefined, { signal });
      recall.show(told);
      const phase = told.phases.find((/** @type {any} */ one) => one.phase === view.get("item"));
      if (!phase) return told.phases.length ? list(told.phases) : nothing();
      return onePhase(ctx, phase, await api.get("/v1/phases/details", { phase: phase.phase }, { signal }), changed);
    }

    async function changed() {
      map.refresh();
      await show();
    }

    /** @param {any[]} phases */
    function list(phases) {
      return [
        ui.table({
          caption: "Phases",
          columns: [
            { key: "phase", label: "Phase" },
            { key: "build", label: "Build", number: true, cell: (row) => ctx.units.number(row.units.build ?? 0), sort: (row) => row.units.build ?? 0 },
            { key: "pre", label: "Pre-build", number: true, cell: (row) => ctx.units.number(row.units["pre-build"] ?? 0), sort: (row) => row.units["pre-build"] ?? 0 },
            { key: "orderable", label: "Orderable", number: true },
            { key: "expected_to", label: "Rest expected", cell: (row) => expectedOf(ctx, row) },
          ],
          rows: phases,
          onRow: (row) => view.set({ item: row.phase }),
        }),
        h("p", { class: "small quiet" }, "Counts are units, by the area that decides."),
      ];
    }

    function nothing() {
      return ui.empty({
        title: "The plan names no phase",
        body: "Areas and terminals belong to a phase by the name that they carry. Give one to an area, or bring in a plan with phases.",
        actions: [ui.button("Areas", () => view.set({ panel: "areas", item: null }))],
      });
    }

    const off = view.on("item", show);
    show();
    return () => {
      turns.end();
      off();
      recall.stop();
      map.draw.stop();
    };
  },
};

/**
 * @param {Ctx} ctx
 * @param {any} phase
 * @param {any} details
 * @param {() => Promise<void>} changed
 */
function onePhase(ctx, phase, details, changed) {
  const { ui, units, view, session } = ctx;
  const place = h("div", { class: "stack" });
  const terminals = details.parts.filter((/** @type {any} */ one) => one.by === "terminal");
  const isOpen = (/** @type {any} */ one) => one.open === one.terminals;
  const waits = phase.areas_open < phase.areas || !terminals.every(isOpen);
  const choose = (/** @type {() => HTMLElement} */ make) => replace(place, make());
  const offer = () =>
    replace(
      place,
      session.may("plan") &&
        waits &&
        h(
          "div",
          { class: "row wrap" },
          ui.button("Open…", () => choose(() => makeOpening(ctx, phase, details, { cancel: offer, done: changed })), { kind: "primary", icon: "check" }),
          ui.button("Another date…", () => choose(() => makeSlip(ctx, phase, null, { cancel: offer, done: changed })), { icon: "calendar" }),
        ),
    );
  offer();
  return [
    h("div", null, ui.button("All phases", () => view.set({ item: null }), { kind: "plain", icon: "back", small: true })),
    h("h3", null, phase.phase),
    h(
      "dl",
      { class: "facts" },
      fact("Units", byClass(units, phase.units)),
      fact("Addresses", byClass(units, phase.addresses)),
      fact("Orderable today", units.count(phase.orderable, "unit")),
      fact("Areas open", `${units.number(phase.areas_open)} of ${units.number(phase.areas)}`),
      terminals.length > 0 && fact("Terminals open", `${units.number(terminals.filter(isOpen).length)} of ${units.number(terminals.length)}`),
      fact("Rest expected", expectedOf(ctx, phase)),
    ),
    h("div", null, ui.button("Show on the map", () => view.set({ "filter.phase": phase.phase.replaceAll(",", "\\,") }), { kind: "plain", icon: "filter", small: true })),
    place,
    openings(ctx, details.openings, (opening) => choose(() => makeSlip(ctx, phase, opening, { cancel: offer, done: changed }))),
    slips(ctx, details.slips),
  ];
}

/**
 * @param {Ctx} ctx
 * @param {any[]} all
 * @param {(opening: any) => void} move
 */
function openings({ ui, units, session }, all, move) {
  return (
    all.length > 0 && [
      h("h3", null, "Openings"),
      ui.table({
        caption: "Openings",
        columns: [
          { key: "part", label: "What", cell: (row) => [`${row.part} `, row.state === "waiting" && h("span", { class: "tag warn" }, "waits")] },
          { key: "network_ready_on", label: "Network ready", cell: (row) => units.date(row.network_ready_on) },
          { key: "sales_open_on", label: "Sales open", cell: (row) => units.date(row.sales_open_on) },
          { key: "author", label: "By", cell: (row) => `${row.author}: ${row.reason}` },
          {
            key: "move",
            label: "",
            cell: (row) => session.may("plan") && row.state === "waiting" && ui.button("Move", () => move(row), { small: true, props: { "aria-label": `Move the opening of ${row.part}` } }),
          },
        ],
        rows: all,
      }),
    ]
  );
}

/**
 * @param {Ctx} ctx
 * @param {any[]} all
 */
function slips({ ui, units }, all) {
  return (
    all.length > 0 && [
      h("h3", null, "History of dates"),
      ui.table({
        caption: "History of dates",
        columns: [
          { key: "was_to", label: "From", cell: (row) => units.date(row.was_to) },
          { key: "now_on", label: "To", cell: (row) => `${units.date(row.now_on)} (${row.now_precision})` },
          { key: "made_at", label: "When", cell: (row) => units.time(row.made_at) },
          { key: "reason", label: "By", cell: (row) => `${row.author}: ${row.reason}` },
        ],
        rows: all,
      }),
    ]
  );
}

/**
 * @param {string} name
 * @param {import("../core/dom.js").Children} value
 */
function fact(name, value) {
  return [h("dt", null, name), h("dd", null, value)];
}
