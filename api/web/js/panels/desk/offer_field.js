/** The choice among the plans that may be ordered at an address. */

import { firstPrice } from "../../selling/words.js";

/**
 * The field of that choice; the server says no where there is none.
 * @param {any} offers
 * @param {{except?: number, chosen?: number}} [which] the offer that is left out, and the one to begin with
 * @returns {import("../../core/ui.js").Field}
 */
export function offerField(offers, { except, chosen } = {}) {
  const plans = (offers?.offers ?? []).filter((/** @type {any} */ { kind, sale, offer_id }) => kind !== "add-on" && sale === "order" && offer_id !== except);
  return {
    name: "offer_id",
    label: "Offer",
    type: "select",
    value: String(chosen),
    required: true,
    hint: plans.length ? undefined : "Nothing else can be ordered there today.",
    options: plans.map((/** @type {any} */ offer) => ({ value: String(offer.offer_id), label: `${offer.name}, ${firstPrice(offer.price)} a month` })),
  };
}
