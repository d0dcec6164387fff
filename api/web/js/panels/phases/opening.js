/** Open a phase or a part of it: choose, look at what that sets off, say yes. */

import { h, newId, replace } from "../../core/dom.js";
import { makeTurns } from "../../core/wanted.js";
import { EVENTS, REASONS, today } from "./words.js";

const LABELS = /** @type {Record<string, string>} */ ({ cabinet: "Cabinets", splitter: "Splitters", terminal: "Terminals" });

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {any} phase
 * @param {any} details
 * @param {{cancel: () => void, done: () => Promise<void>}} then
 */
export function makeOpening(ctx, phase, details, { cancel, done }) {
  const { api, map, ui } = ctx;
  const chooser = h("div", { class: "stack" });
  const told = h("div", { class: "stack", "aria-live": "polite" });
  const looks = makeTurns();
  /** @type {any} */
  let part = {};
  let by = "whole";

  const ways = [
    { value: "whole", label: "The whole phase" },
    ...Object.keys(LABELS).filter((kind) => details.parts.some((/** @type {any} */ one) => one.by === kind)).map((kind) => ({ value: kind, label: `Some ${LABELS[kind].toLowerCase()}` })),
    { value: "shape", label: "A drawn part" },
  ];

  function leave() {
    map.draw.stop();
    cancel();
  }

  /** What was looked at was of another part than is chosen now. */
  function forgetLook() {
    looks.end();
    replace(told);
  }

  /** @param {string} way */
  function choose(way) {
    by = way;
    part = {};
    map.draw.stop();
    forgetLook();
    if (way === "whole") replace(chooser);
    else if (way === "shape") drawPart();
    else replace(chooser, names(way));
  }

  function drawPart() {
    replace(chooser, ui.notice("info", "Draw the part on the map; click the first corner again to close it."));
    map.draw.start("polygon", {
      onFinish: (/** @type {any} */ feature) => {
        part = { shape: feature.geometry };
        forgetLook();
        replace(chooser, ui.notice("good", "The part is drawn."), ui.button("Draw it anew", drawPart, { small: true }));
      },
    });
  }

  /** @param {string} kind */
  function names(kind) {
    const chosen = new Set();
    const listed = details.parts.filter((/** @type {any} */ one) => one.by === kind);
    return h(
      "fieldset",
      { class: "section" },
      h("legend", { class: "section-title" }, LABELS[kind]),
      h(
        "div",
        { class: "choices" },
        listed.map((/** @type {any} */ one) => {
          const isOpen = one.terminals > 0 && one.open === one.terminals;
          return h(
            "label",
            { class: "check count" },
            h("input", {
              type: "checkbox",
              disabled: isOpen,
              onchange: (/** @type {Event} */ event) => {
                if (/** @type {HTMLInputElement} */ (event.target).checked) chosen.add(one.name);
                else chosen.delete(one.name);
                part = { [`${kind}s`]: [...chosen] };
                forgetLook();
              },
            }),
            h("span", null, one.name),
            h("span", { class: "quiet" }, isOpen ? "open" : one.terminals > 1 ? `${one.open} of ${one.terminals} open` : ""),
          );
        }),
      ),
    );
  }

  const form = ui.form(
    [
      { name: "network_ready_on", label: "Network ready on", type: "date", value: today(), required: true, hint: "Build from this day on. Until then it stays pre-build, expected on that day." },
      { name: "sales_open_on", label: "Sales open on", type: "date", hint: "Orderable from this day on; empty: with the network." },
      { name: "reason", label: "Reason", value: "", required: true, hint: "Kept on record with your name." },
    ],
    { label: "See what it sets off", cancel: leave, submit: preview },
  );

  /** @param {any} given */
  async function preview(given) {
    if (by !== "whole" && !Object.values(part).flat().length) {
      replace(told, ui.notice("warn", by === "shape" ? "Draw the part first." : "Choose at least one."));
      return;
    }
    const asked = { phase: phase.phase, network_ready_on: given.network_ready_on, sales_open_on: given.sales_open_on || null, ...part };
    const signal = looks.next();
    const found = await api.post("/v1/phases:preview", asked);
    if (signal.aborted) return;
    replace(told, setsOff(ctx, found), h("div", { class: "buttons" }, ui.button(found.on > today() ? "Set the day" : "Open it", () => publish(asked, given.reason, found), { kind: "primary" })));
    told.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {any} asked
   * @param {string} reason
   * @param {any} found
   */
  async function publish(asked, reason, found) {
    section.inert = true; // nobody begins something else here that what comes next would take away
    try {
      const made = await api.post("/v1/phases:open", { ...asked, reason, plan_version: found.plan_version });
      map.draw.stop();
      ui.toast(found.on > today() ? `It opens on ${ctx.units.date(found.on)}.` : `Open, with plan version ${made.plan_version}.`, { kind: "good" });
      await done();
    } catch (problem) {
      section.inert = false;
      replace(told, ui.problemBox(problem));
    }
  }

  const heading = newId("opening");
  const section = h(
    "section",
    { class: "stack", "aria-labelledby": heading },
    h("h3", { id: heading }, `Open ${phase.phase}`),
    h(
      "div",
      { class: "field" },
      h("label", { for: `${heading}-part` }, "What opens"),
      h(
        "select",
        { id: `${heading}-part`, class: "input", onchange: (/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value) },
        ways.map(({ value, label }) => h("option", { value }, label)),
      ),
    ),
    chooser,
    form,
    told,
  );
  return section;
}

/**
 * What an opening sets off, in words and tables.
 * @param {import("../../types.js").Ctx} ctx
 * @param {any} found
 */
function setsOff({ ui, units }, found) {
  const flips = Object.entries(found.addresses).map(([flip, addresses]) => ({ flip: flip.replace("->", "to"), addresses, units: found.units[flip] }));
  const waits = found.on > today();
  return h(
    "div",
    { class: "stack" },
    h("h3", null, waits ? `On ${units.date(found.on)}` : "At once"),
    flips.length
      ? ui.table({
          caption: "What changes class",
          columns: [
            { key: "flip", label: "From class to class" },
            { key: "addresses", label: "Addresses", number: true },
            { key: "units", label: "Units", number: true },
          ],
          rows: flips,
        })
      : ui.notice("info", "No address changes class."),
    found.orderable.map((/** @type {any} */ one) => h("p", null, h("strong", null, units.count(one.units, "unit")), ` at ${units.count(one.addresses, "address", "addresses")} can be ordered from ${units.date(one.on)}.`)),
    found.stays.length > 0 &&
      ui.table({
        caption: "What stays behind, or deserves a look",
        showCaption: true,
        columns: [
          { key: "reason", label: "Why", cell: (row) => [`${REASONS[row.reason] ?? row.reason} `, h("span", { class: `tag ${row.blocks ? "warn" : ""}` }, row.blocks ? "stays behind" : "have a look")] },
          { key: "addresses", label: "Addresses", number: true },
          { key: "examples", label: "For example", cell: (row) => row.examples[0] ?? "–" },
        ],
        rows: found.stays,
      }),
    h("p", { class: "small quiet" }, eventsIn("Published now: ", found.events_now), waits && eventsIn(` On the day: `, found.events_then)),
    waitsFor({ units }, found),
  );
}

/**
 * @param {string} when
 * @param {any[]} events
 */
function eventsIn(when, events) {
  return events.length > 0 && `${when}${events.map((one) => (EVENTS[one.type] ?? one.type) + (one.addresses ? ` (${one.addresses.toLocaleString("en-US")})` : "")).join(", ")}.`;
}

/**
 * Until when a recall calls off what would leave the house, and what that is.
 * @param {{units: import("../../types.js").Ctx["units"]}} ctx
 * @param {any} found
 */
function waitsFor({ units }, { recall, notices, customers }) {
  if (!recall.minutes) return h("p", { class: "small quiet" }, "There is no recall window: notices and charges leave at once.");
  const about = [notices > 0 && `notices about ${units.count(notices, "unit")}`, customers > 0 && `charges of ${units.count(customers, "connected unit")}`].filter(Boolean);
  const who = recall.subscribers.length ? ` (${recall.subscribers.join(", ")})` : "";
  return h("p", { class: "small quiet" }, `${about.length ? `${about.join(" and ")} wait` : "Nothing waits"} ${recall.minutes} minutes${who}; a recall within that time calls them off.`.replace(/^./, (first) => first.toUpperCase()));
}
