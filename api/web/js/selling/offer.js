/** What a customer is told of an offer. */

import { h } from "../core/dom.js";
import { firstPrice, money, speed } from "./words.js";

/**
 * Name, speeds, price, everything else that it costs, and its broadband label.
 * @param {any} offer
 */
export function offerFacts(offer) {
  const { price } = offer;
  return [
    h("h3", null, offer.name),
    offer.down_mbps && h("p", null, `${speed(offer.down_mbps)} down, ${speed(offer.up_mbps)} up`),
    h("p", null, h("span", { class: "price" }, firstPrice(price)), " a month"),
    h("p", { class: "small quiet" }, besides(offer).filter(Boolean).join(" ")),
    offer.label && h("p", { class: "small" }, h("a", { href: offer.label, target: "_blank", rel: "noopener" }, `Broadband facts of ${offer.name}`)),
  ];
}

/** @param {any} offer */
function besides({ price, term_months, early_termination_cents }) {
  const listed = (/** @type {any[]} */ fees) => fees.map(({ name, amount_cents }) => `${name} ${money(amount_cents, price.currency)}`).join(", ");
  return [
    price.introductory && `For ${price.introductory.months} months, then ${money(price.monthly_cents, price.currency)} a month.`,
    price.monthly_fees.length && `Every month besides: ${listed(price.monthly_fees)}.`,
    price.once.length ? `Once: ${listed(price.once)}.` : "Nothing to pay once.",
    term_months ? `Bound for ${term_months} months${early_termination_cents ? `; leaving earlier costs up to ${money(early_termination_cents, price.currency)}` : ""}.` : "Cancel any time.",
    "Taxes come on top.",
  ];
}

/**
 * The add-ons that go with an offer, of all that are sold somewhere.
 * @param {any[]} offers
 * @param {any} offer
 */
export const addOnsOf = (offers, offer) => offers.filter(({ kind, code, goes_with }) => kind === "add-on" && goes_with.includes(offer.code) && !offer.parts.includes(code));

/**
 * @param {any[]} addOns
 * @param {number[]} [chosen] those that are ticked to begin with
 * @returns {import("../core/ui.js").Field[]}
 */
export const addOnFields = (addOns, chosen = []) => addOns.map(({ offer_id, name, price }) => ({ name: `add-on-${offer_id}`, type: "checkbox", label: `${name}, ${firstPrice(price)} a month`, value: chosen.includes(offer_id) }));

/**
 * @param {any[]} addOns
 * @param {Record<string, any>} values
 */
export const addOnsIn = (addOns, values) => addOns.filter(({ offer_id }) => values[`add-on-${offer_id}`]).map(({ offer_id }) => offer_id);
