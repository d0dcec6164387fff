/** Notices that no message told: what to say, that it is said (which can be undone), and sending it again. */

import { h } from "../../core/dom.js";
import { phoneSaid } from "../desk/words.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

/**
 * Say that nothing leaves the house where the messenger only plays; false where it is a real one.
 * @param {Ctx} ctx
 */
export async function simulatedMessages({ api }) {
  const { messenger } = await api.get("/v1/notices", { limit: 1 });
  return messenger === "simulated" && h("p", { class: "simulated" }, h("strong", null, "Simulated messages. "), "Nothing leaves: what would have been sent is kept, and no customer has received any of it.");
}

/**
 * @param {Ctx} ctx
 * @param {any} row
 * @param {() => void} changed
 */
export function noticeActions(ctx, row, changed) {
  const { ui } = ctx;
  const act = (/** @type {string} */ label, /** @type {() => unknown} */ run) =>
    ui.button(label, (/** @type {Event} */ event) => (event.stopPropagation(), run()), { small: true }); // the row itself leads to the desk
  return h(
    "div",
    { class: "row wrap" },
    act("What to say", () => read(ctx, row)),
    act("Told", () => decide(ctx, row, "told", changed)),
    row.state !== "to_call" && act("Send again", () => decide(ctx, row, "again", changed)),
  );
}

/**
 * @param {Ctx} ctx
 * @param {{id: number}} row
 * @param {AbortSignal} [signal]
 */
export async function read({ api, ui }, { id }, signal) {
  const { contact, text } = await api.get(`/v1/notices/${id}`, undefined, { signal });
  const reach = [contact.phone && phoneSaid(contact.phone), contact.email].filter(Boolean).join(" · ");
  await ui.dialog(text.subject, (close) => [
    h("p", { class: "small quiet" }, [contact.name, reach].filter(Boolean).join(", ")),
    h("div", { class: "plain-text", tabindex: "0", role: "region", "aria-label": "What to say" }, text.body.split("\n\n").map((/** @type {string} */ part) => h("p", null, part))),
    h("div", { class: "row" }, ui.button("Close", () => close(null))),
  ]);
}

const SAID = { told: "The customer counts as told.", again: "It is sent again with the next round." };

/**
 * @param {Ctx} ctx
 * @param {any} row
 * @param {"told" | "again"} verb
 * @param {() => void} changed
 */
async function decide({ api, ui }, { id }, verb, changed) {
  const undo = async () => {
    await api.post(`/v1/notices/${id}:not-told`);
    changed();
  };
  try {
    await api.post(`/v1/notices/${id}:${verb}`);
    ui.toast(SAID[verb], { kind: "good", ...(verb === "told" && { action: { label: "Undo", run: () => undo().catch(refuse) } }) });
    changed();
  } catch (problem) {
    refuse(problem);
  }

  /** @param {any} problem */
  function refuse(problem) {
    ui.toast(problem.message, { kind: "bad" });
  }
}
