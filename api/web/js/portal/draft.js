/**
 * What is begun and not ordered yet. What was chosen is kept under the link in the address of this page, so that a reload or
 * a bookmark leads back; who somebody is only where they say so.
 */

import { api } from "../core/api.js";
import { h } from "../core/dom.js";
import { button, form, notice, problemBox } from "../core/ui.js";
import { CONTACT_FIELDS, consentField, consentOf, contactOf, onceKey, sendOnce } from "../selling/contact.js";
import { addOnsOf } from "../selling/offer.js";
import { onDay } from "../selling/words.js";
import { buyStep } from "./buy.js";

/**
 * @typedef {object} Draft
 * @property {string} token
 * @property {boolean} knows whether it knows who began it
 */

/**
 * Begin a draft, and put its link into the address of the page; null where none can be kept, which is in nobody's way.
 * @param {number} addressId
 * @param {number} offerId
 * @param {AbortSignal} signal
 * @returns {Promise<Draft | null>}
 */
export async function beginDraft(addressId, offerId, signal) {
  try {
    const { follow } = await sendOnce("/v1/drafts", { address_id: addressId, offer_id: offerId }, onceKey());
    if (!signal.aborted) history.replaceState(null, "", `#follow=${follow}`);
    return { token: follow, knows: false };
  } catch {
    return null;
  }
}

/**
 * Say how one goes on later, and offer to keep who one is until then.
 * @param {import("./main.js").Shop} shop
 * @param {Draft} draft
 */
export function laterStep(shop, draft) {
  const link = `${location.origin}/portal#follow=${draft.token}`;
  const submit = async (/** @type {Record<string, any>} */ values) => {
    const { knows } = await shop.sent(api.post(`/v1/follow/${draft.token}:remember`, { contact: contactOf(values), consent: consentOf(shop.portal) }));
    laterStep(shop, { ...draft, knows });
    if (!knows) document.querySelector("#step h1")?.after(notice("info", "Thank you, we have it. Please give it again when you order."));
  };
  shop.show(
    "Go on later",
    h("p", null, "What you have chosen is kept for 30 days under this link. The price is that of the day on which you order."),
    h("p", { class: "break" }, h("a", { href: link, target: "_top" }, link)),
    draft.knows
      ? h("p", null, "We have your name with it, so you need not type it again.")
      : h("section", { class: "section" }, h("h2", null, "Shall we keep your name?"), h("p", null, "Only if you like: then you need not type it again, and we may ask whether you still want it."), form([...CONTACT_FIELDS, consentField(shop.portal)], { submit, label: "Keep my name" })),
    h("div", { class: "row wrap" }, button("Go on now", () => shop.follow(draft.token), { kind: "primary" }), button("Another address", shop.again, { kind: "plain" })),
  );
}

/**
 * Go on with what was begun: what is sold at the address, and for how much, is asked anew.
 * @param {import("./main.js").Shop} shop
 * @param {any} told what the link leads to
 * @param {string} token
 */
export async function resumeStep(shop, told, token) {
  const place = { address_id: told.address_id, address: told.full_address };
  const signal = shop.turn();
  try {
    const said = told.state === "open" ? await api.get("/v1/offers", { address_id: told.address_id, channel: "portal" }, { signal }) : { offers: [] };
    const offer = said.offers.find((/** @type {any} */ each) => each.offer_id === told.offer_id);
    if (offer) {
      const changed = offer.sale !== told.begun.sale && (offer.sale === "order" ? "Fiber has come to your address: you can order it now." : "It is not built there yet: you can pre-order it.");
      buyStep(shop, place, offer, addOnsOf(said.offers, offer), { token, knows: told.begun.knows }, changed || `Go on with what you chose; it is kept until ${onDay(told.begun.expires_at)}.`);
      return;
    }
    const text = told.state === "open" ? "What you chose is not sold at this address any more. See what is." : "This is over. See what you can have today.";
    const look = async () => shop.settled(await api.post("/v1/address-check", { address_id: told.address_id, channel: "portal" }, { signal: shop.turn() }));
    shop.show("Begin anew", h("p", { class: "lead" }, told.full_address), h("p", null, text), h("div", null, button("See what I can have", look, { kind: "primary" })));
  } catch (problem) {
    if (!signal.aborted) shop.show("That did not work", problemBox(problem), h("div", null, button("Another address", shop.again)));
  }
}
