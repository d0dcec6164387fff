/** Give what is not open another expected date: see whom that touches, then say yes. */

import { h, newId, replace } from "../../core/dom.js";
import { today } from "./words.js";

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {any} phase
 * @param {any} opening one that waits for its day; null: all that has no such day
 * @param {{cancel: () => void, done: () => Promise<void>}} then
 */
export function makeSlip(ctx, phase, opening, { cancel, done }) {
  const { api, ui, units } = ctx;
  const told = h("div", { class: "stack", "aria-live": "polite" });
  const heading = newId("slip");
  const form = ui.form(
    [
      { name: "expected_on", label: opening ? "Network ready on" : "Expected on", type: "date", value: opening?.network_ready_on ?? phase.expected_to ?? today(), required: true },
      ...(opening
        ? []
        : [{ name: "precision", label: "Known to the", type: /** @type {const} */ ("select"), value: phase.precision ?? "quarter", options: ["day", "month", "quarter", "year"] }]),
      { name: "reason", label: "Reason", value: "", required: true, hint: "Kept on record with your name." },
    ],
    { label: "See whom it touches", cancel, submit: preview },
  );

  /** @param {any} given */
  async function preview({ expected_on, precision, reason }) {
    const asked = { phase: phase.phase, expected_on, precision: precision ?? "day", opening_id: opening?.opening_id ?? null };
    replace(told);
    const found = await api.post("/v1/phases:preview-slip", asked);
    replace(
      told,
      touches(found),
      h("div", { class: "buttons" }, ui.button("Move the date", () => publish({ ...asked, reason, plan_version: found.plan_version }), { kind: "primary" })),
    );
    told.scrollIntoView({ block: "nearest" });
  }

  /** @param {any} asked */
  async function publish(asked) {
    section.inert = true; // nobody begins something else here that what comes next would take away
    try {
      const made = await api.post("/v1/phases:slip", asked);
      ui.toast(`The date is moved, with plan version ${made.plan_version}.`, { kind: "good" });
      await done();
    } catch (problem) {
      section.inert = false;
      replace(told, ui.problemBox(problem));
    }
  }

  /** @param {any} found */
  function touches(found) {
    return h(
      "div",
      { class: "stack" },
      found.moves.length
        ? ui.table({
            caption: "Dates that move",
            columns: [
              { key: "from", label: "From", cell: (row) => row.from ?? "No date" },
              { key: "to", label: "To" },
              { key: "public_to", label: "The public reads", cell: (row) => (row.public_from === row.public_to ? `${row.public_to}, as before` : row.public_to) },
              { key: "units", label: "Units", number: true },
            ],
            rows: found.moves,
          })
        : ui.notice("info", "No address takes its date from what moves."),
      h("p", { class: "small quiet" }, `The public reads another date for ${units.count(found.public_changes, "unit")}. Of all that moves, ${units.count(found.customers, "unit is", "units are")} connected and ${units.count(found.holds, "address is", "addresses are")} on hold.`),
    );
  }

  const section = h("section", { class: "stack", "aria-labelledby": heading }, h("h3", { id: heading }, opening ? `Another day for ${opening.part}` : `Another date for ${phase.phase}`), form, told);
  return section;
}
