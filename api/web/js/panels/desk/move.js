/** Moving a service with its customer: first to which address, then with which offer. */

import { addressInput } from "../../core/address_input.js";
import { h, newId, replace } from "../../core/dom.js";
import { makeTurns } from "../../core/wanted.js";
import { choiceOf } from "./choice.js";
import { CHANNEL, otherwise } from "./sell.js";

/** @typedef {import("./card.js").Desk} Desk */

/**
 * @param {Desk} desk
 * @param {any} order
 */
export async function moveTo(desk, order) {
  const place = await desk.ctx.ui.dialog("Move: to which address?", (close) => askAddress(desk, close));
  if (!place) return;
  const { fields, note, chosen } = choiceOf(place.offers, order);
  await desk.act({
    title: "Move the service",
    doing: "Order the move",
    done: "The move is ordered.",
    about: h("p", { class: "quiet" }, `To ${place.text}.`),
    note,
    fields,
    asks: (values) => ({ path: `/v1/orders/${order.order_id}:move`, body: { address_id: place.address_id, ...chosen(values), channel: CHANNEL } }),
    instead: (problem, values) => otherwise(desk, problem, values),
  });
}

/**
 * Ask for the address; it is settled with what is sold there, so that nobody begins something else while that is read.
 * @param {Desk} desk
 * @param {(answer: {address_id: number, text: string, offers: any} | null) => void} close
 */
function askAddress({ ctx }, close) {
  const { api, ui } = ctx;
  const told = h("div", { class: "stack", "aria-live": "polite" });
  const id = newId("to");
  const turns = makeTurns();

  /** @param {Record<string, any>} typed */
  async function check(typed) {
    const signal = turns.next();
    try {
      const { match, candidates, units } = await api.post("/v1/address-check", { ...typed, channel: CHANNEL }, { signal });
      if (match.next_action === "accept") {
        const { address_id, address } = match;
        const offers = await api.get("/v1/offers", { address_id, channel: CHANNEL }, { signal });
        return close({ address_id, text: typeof address === "string" ? address : address.full, offers });
      }
      const those = match.next_action === "choose_unit" ? units.filter((/** @type {any} */ unit) => unit.address_id) : candidates;
      if (!those.length) return replace(told, ui.notice("warn", "There is no such address here."));
      return replace(told, h("p", null, "Which one is it?"), h("ul", { class: "plain-list" }, those.map((/** @type {any} */ each) => h("li", null, ui.button(each.unit ?? each.address, () => check({ address_id: each.address_id }))))));
    } catch (problem) {
      return signal.aborted ? undefined : replace(told, ui.problemBox(problem));
    }
  }

  const { input, list, told: heard, stop } = addressInput({ id, autocomplete: "off", required: true }, ({ text, address_id }) => check(address_id ? { address_id } : { q: text }));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    stop();
    if (input.value.trim()) check({ q: input.value.trim() });
  };
  return h(
    "form",
    { class: "form", onsubmit: submit },
    h("div", { class: "field" }, h("label", { for: id }, "Address"), h("div", { class: "suggesting" }, input, list, heard)),
    told,
    h("div", { class: "buttons" }, h("button", { type: "submit", class: "button primary" }, "Go on"), ui.button("Cancel", () => close(null))),
  );
}
