/** Ordering and pre-ordering: one form, what it costs, what is signed, and the deposit where one is asked for. */

import { h } from "../core/dom.js";
import { button, form } from "../core/ui.js";
import { CONTACT_FIELDS, consentField, consentOf, contactOf, onceKey, sendOnce, termsOf } from "../selling/contact.js";
import { addOnFields, addOnsIn } from "../selling/offer.js";
import { cardField, simulatedNotice } from "../selling/payment.js";
import { firstPrice, money } from "../selling/words.js";
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
  const draft = begun ?? (await beginDraft(place.address_id, offer.offer_id));
  const { portal } = shop;
  const key = onceKey();
  const ordering = offer.sale === "order";
  const doing = ordering ? "Order" : "Pre-order";
  const deposit = ordering ? null : portal.deposit;

  const submit = async (/** @type {Record<string, any>} */ values) => {
    const body = {
      address_id: place.address_id,
      ...(draft?.knows ? {} : { contact: contactOf(values) }),
      ...(draft ? { draft: draft.token } : {}),
      consent: consentOf(portal),
      offer_id: offer.offer_id,
      add_on_ids: addOnsIn(addOns, values),
      ...(values.token ? { payment_token: values.token } : {}),
      ...(ordering ? {} : { terms_accepted_at: new Date().toISOString() }),
    };
    const told = await sendOnce(ordering ? "/v1/portal/orders" : "/v1/portal/preorders", body, key);
    const text = ordering ? "Your order is placed. We get in touch to set a day." : "You are in the queue. We write to you when it is your turn; until then your price is held.";
    doneStep(shop, ordering ? "Ordered" : "Pre-ordered", text, told.follow);
  };

  const fields = [
    ...(draft?.knows ? [] : CONTACT_FIELDS),
    ...addOnFields(addOns),
    ...(deposit ? [cardField(portal, "Test card")] : ordering ? [cardField(portal, "Payment method", [{ value: "", label: "Pay later" }])] : []),
    consentField(portal),
    /** @type {import("../core/ui.js").Field} */ ({ name: "terms", type: "checkbox", required: true, value: false, label: `I agree to the terms, version ${portal.terms_version}.` }),
  ];
  shop.show(
    `${doing} ${offer.name}`,
    h("p", { class: "lead" }, place.address),
    said && h("p", { role: "status" }, said, draft?.knows ? " We have your name." : ""),
    h("p", null, `${firstPrice(offer.price)} a month, taxes come on top.`),
    deposit && h("p", null, `A deposit of ${money(deposit.amount_cents, deposit.currency)} is taken now. It becomes a credit on your first bill, and you have it back if you withdraw before you are connected.`),
    (deposit || ordering) && simulatedNotice(portal),
    termsOf(portal),
    form(fields, { submit, label: doing, cancel: shop.again }),
    h("div", { class: "row wrap" }, button("Another address", shop.again, { kind: "plain" }), draft && button("Go on later", () => laterStep(shop, draft), { kind: "plain" })),
  );
}
