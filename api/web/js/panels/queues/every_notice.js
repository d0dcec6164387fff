/** Every notice, not only what waits for somebody: where it stands, since when, and how it was told. The latest first. */

import { h, newId, replace } from "../../core/dom.js";
import { isLetGo, makeTurns } from "../../core/wanted.js";
import { said } from "../../core/words.js";
import { read } from "./notices.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

const PAGE = 50;
/** @type {Record<string, string>} */
const STATES = {
  sent: "Sent",
  queued: "Leaves next",
  waiting: "Waits for the recall window",
  sending: "On its way",
  to_call: "To call",
  failed: "Failed",
  unknown: "May have arrived",
  told: "Told by a person",
  recalled: "Recalled",
  undeliverable: "No way to reach them",
};
/** @type {Record<string, "" | "good" | "warn" | "bad">} */
const LOOKS = { sent: "good", told: "good", to_call: "warn", unknown: "warn", failed: "bad", undeliverable: "bad" };
/** @type {Record<string, string>} */
const KINDS = { order_placed: "An order goes ahead", phase_slipped: "A date has moved" };

/** @param {Ctx} ctx */
export function everyNotice(ctx) {
  const { api, ui, units } = ctx;
  const place = h("div", { class: "stack", "aria-live": "polite" });
  const id = newId("state");
  let state = "";
  const turns = makeTurns();
  const opens = makeTurns(); // a row that is clicked twice opens once
  const options = Object.entries({ "": "Every state", ...STATES }).map(([value, label]) => h("option", { value }, label));
  const choice = h("select", { class: "input", id, onchange: (/** @type {Event} */ event) => ((state = /** @type {HTMLSelectElement} */ (event.target).value), void load()) }, options);
  const element = h("section", { class: "section", "aria-label": "Every notice" }, h("div", { class: "row spread wrap" }, h("h3", null, "Every notice"), h("label", { class: "row small", for: id }, "State", choice)), place);

  /** Read the latest ones anew. */
  const load = () => show([], undefined);

  /**
   * @param {any[]} rows what is shown by now
   * @param {number | undefined} after
   */
  async function show(rows, after) {
    const signal = turns.next();
    try {
      const page = await api.get("/v1/notices", { state: state || undefined, after, limit: PAGE }, { signal });
      draw([...rows, ...page.notices], page.after);
    } catch (problem) {
      if (!signal.aborted) replace(place, ui.problemBox(problem));
    }
  }

  const open = (/** @type {any} */ row) => void read(ctx, { id: row.notice_id }, opens.next()).catch((problem) => isLetGo(problem) || ui.toast(problem.message, { kind: "bad" }));

  /**
   * @param {any[]} rows
   * @param {number | null} after
   */
  function draw(rows, after) {
    const columns = [
      { key: "full_address", label: "Address", cell: (/** @type {any} */ row) => row.full_address ?? "–" },
      { key: "kind", label: "What it says", cell: (/** @type {any} */ row) => KINDS[row.kind] ?? said(row.kind) },
      { key: "state", label: "State", cell: stands, sort: (/** @type {any} */ row) => STATES[row.state] },
      { key: "told_by", label: "How", cell: how },
      { key: "changed_at", label: "Since", cell: (/** @type {any} */ row) => h("span", { class: "whole" }, units.time(row.changed_at)) },
    ];
    const none = state ? `No notice is in the state \u201c${STATES[state]}\u201d.` : "No customer had to be told anything yet.";
    replace(
      place,
      rows.length > 0 && h("p", { class: "small quiet" }, "A row shows its words, and whom they are to."),
      rows.length ? h("div", { class: "queue" }, ui.table({ caption: "Every notice", columns, rows, onRow: open })) : h("p", { class: "quiet" }, none),
      after !== null && h("div", { class: "row" }, ui.button("Show more notices", () => show(rows, after)), h("span", { class: "small quiet" }, `${units.number(rows.length)} are shown.`)),
    );
  }

  return { element, load };
}

/** @param {any} row */
const stands = ({ state, failure, attempts }) => [
  h("span", { class: `tag ${LOOKS[state] ?? ""}` }, STATES[state] ?? said(state)),
  failure && h("span", { class: "small quiet" }, `${failure}${attempts > 1 ? `, ${attempts} attempts` : ""}`),
];

/** @param {any} row */
function how({ state, simulated, told_by: by }) {
  if (simulated) return "E-mail, simulated";
  if (state === "sent") return "E-mail";
  return by ? `By ${by}` : "–";
}
