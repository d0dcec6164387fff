/** Interest where nothing can be ordered yet: a line, with consent. */

import { h } from "../core/dom.js";
import { button, form } from "../core/ui.js";
import { CONTACT_FIELDS, consentField, consentOf, contactOf, onceKey, sendOnce } from "../selling/contact.js";
import { doneStep } from "./done.js";

/**
 * @param {import("./main.js").Shop} shop
 * @param {{address_id: number, address: string}} place
 */
export function interestStep(shop, place) {
  const { portal } = shop;
  const key = onceKey();
  const submit = async (/** @type {Record<string, any>} */ values) => {
    const body = { address_id: place.address_id, contact: contactOf(values), consent: consentOf(portal) };
    const told = await shop.sent(sendOnce("/v1/portal/interest", body, key));
    doneStep(shop, "Thank you", "We write to you when there is news for your address.", told.follow);
  };
  shop.show(
    "Tell me when",
    h("p", { class: "lead" }, place.address),
    form([...CONTACT_FIELDS, consentField(portal)], { submit, label: "Send", cancel: shop.again }),
    button("Another address", shop.again, { kind: "plain" }),
  );
}
