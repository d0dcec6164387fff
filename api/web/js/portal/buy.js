/** Ordering and pre-ordering: one form, what it costs, what is signed, and the deposit where one is asked for. */

import { h } from "../core/dom.js";
import { button, form } from "../core/ui.js";
import { CONTACT_FIELDS, consentField, consentOf, contactOf, onceKey, sendOnce, termsOf } from "../selling/contact.js";
import { addOnFields, addOnsIn } from "../selling/offer.js";
import { amount, simulatedNotice } from "../selling/payment.js";
import { firstPrice } from "../selling/words.js";
import { doneStep } from "./done.js";
import { beginDraft, laterStep } from "./draft.js";

/**
 * @param {import("./main.js").Shop} shop
 * @param {{address_id: number, address: string}} place
 * @param {any} offer
 * @param {any[]} addOns what goes with it
 * @param {import("./draft.js").Draft} [begun] what is gone on with
 * @param {string} [said] what is to be said of that
 */
export async function buyStep(shop, place, offer, addOns, begun, said) {
  const signal = shop.turn();
  const draft = begun ?? (await beginDraft(place.address_id, offer.offer_id, signal));
  if (signal.aborted) return;
  const { portal } = shop;
  const key = onceKey();
  const ordering = offer.sale === "order";
  const doing = ordering ? "Order" : "Pre-order";
  const due = ordering ? portal.payment_pages && portal.order_deposit : portal.deposit;

  const submit = async (/** @type {Record<string, any>} */ values) => {
    const body = {
      address_id: place.address_id,
      ...(draft?.knows ? {} : { contact: contactOf(values) }),
      ...(draft ? { draft: draft.token } : {}),
      consent: consentOf(portal),
      offer_id: offer.offer_id,
      add_on_ids: addOnsIn(addOns, values),
      ...(ordering ? {} : { terms_accepted_at: new Date().toISOString() }),
    };
    const told = await shop.sent(sendOnce(ordering ? "/v1/portal/orders" : "/v1/portal/preorders", body, key));
    doneStep(shop, ordering ? "Ordered" : "Pre-ordered", doneText(ordering, due), told.follow, told.payment);
  };

  const fields = [
    ...(draft?.knows ? [] : CONTACT_FIELDS),
    ...addOnFields(addOns),
    consentField(portal),
    /** @type {import("../core/ui.js").Field} */ ({ name: "terms", type: "checkbox", required: true, value: false, label: `I agree to the terms, version ${portal.terms_version}.` }),
  ];
  shop.show(
    `${doing} ${offer.name}`,
    h("p", { class: "lead" }, place.address),
    said && h("p", { role: "status" }, said, draft?.knows ? " We have your name." : ""),
    h("p", null, `${firstPrice(offer.price)} a month, taxes come on top.`),
    due && h("p", null, `A deposit of ${amount(due)} is ${portal.payment_pages ? "paid next, at a payment page" : "asked for; we get in touch about how you pay it"}. It becomes a credit on your first bill, and you have it back if you withdraw before you are connected.`),
    due && simulatedNotice(portal),
    termsOf(portal),
    form(fields, { submit, label: doing, cancel: shop.again }),
    h("div", { class: "row wrap" }, button("Another address", shop.again, { kind: "plain" }), draft && button("Go on later", () => laterStep(shop, draft), { kind: "plain" })),
  );
}

/**
 * @param {boolean} ordering
 * @param {unknown} due whether something is to be paid first
 */
function doneText(ordering, due) {
  if (ordering) return due ? "Your order is placed. It goes on once the deposit is paid." : "Your order is placed. We get in touch to set a day.";
  return due ? "Your price is held. You have your place in the queue once the deposit is paid." : "You are in the queue. We write to you when it is your turn; until then your price is held.";
}
