/** Moving a service with its customer: first to which address, then with which offer. */

import { addressInput } from "../../core/address_input.js";
import { h, newId, replace } from "../../core/dom.js";
import { choiceOf } from "./choice.js";
import { CHANNEL, otherwise } from "./sell.js";

/** @typedef {import("./card.js").Desk} Desk */

/**
 * @param {Desk} desk
 * @param {any} order
 */
export async function moveTo(desk, order) {
  const { api, ui } = desk.ctx;
  const place = await ui.dialog("Move: to which address?", (close) => askAddress(desk, close));
  if (!place) return;
  const offers = await api.get("/v1/offers", { address_id: place.address_id, channel: CHANNEL });
  const { fields, note, chosen } = choiceOf(offers, order);
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
 * @param {Desk} desk
 * @param {(answer: {address_id: number, text: string} | null) => void} close
 */
function askAddress({ ctx }, close) {
  const { api, ui } = ctx;
  const told = h("div", { class: "stack", "aria-live": "polite" });
  const id = newId("to");

  /** @param {Record<string, any>} typed */
  async function check(typed) {
    try {
      const { match, candidates, units } = await api.post("/v1/address-check", { ...typed, channel: CHANNEL });
      if (match.next_action === "accept") return close({ address_id: match.address_id, text: typeof match.address === "string" ? match.address : match.address.full });
      const those = match.next_action === "choose_unit" ? units.filter((/** @type {any} */ unit) => unit.address_id) : candidates;
      if (!those.length) return replace(told, ui.notice("warn", "There is no such address here."));
      return replace(told, h("p", null, "Which one is it?"), h("ul", { class: "plain-list" }, those.map((/** @type {any} */ each) => h("li", null, ui.button(each.unit ?? each.address, () => check({ address_id: each.address_id }))))));
    } catch (problem) {
      return replace(told, ui.problemBox(problem));
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
