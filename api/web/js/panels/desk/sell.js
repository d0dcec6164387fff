/** Selling: a lead, a pre-order or an order, for somebody at the address. What may not be done leads to what may. */

import { h } from "../../core/dom.js";
import { addOnFields, addOnsIn, addOnsOf } from "../../selling/offer.js";
import { firstPrice } from "../../selling/words.js";
import { customerFields, customerIn } from "./customer.js";
import { payNotice } from "./pay.js";

export const CHANNEL = "csr";

/** @typedef {import("./card.js").Desk} Desk */

/**
 * Note interest.
 * @param {Desk} desk
 * @param {Record<string, any>} [given]
 */
export function noteInterest(desk, given = {}) {
  const { address } = desk.card;
  return desk.act({
    title: "Note interest",
    doing: "Note it",
    done: "Their interest is noted.",
    about: h("p", { class: "quiet" }, address.full_address),
    fields: customerFields(desk, given),
    asks: (values) => ({ path: "/v1/leads", body: { address_id: address.address_id, ...customerIn(values), channel: CHANNEL } }),
    instead: (problem, values) => otherwise(desk, problem, values),
  });
}

/**
 * Order or pre-order an offer, as it may be sold there.
 * @param {Desk} desk
 * @param {any} offer
 * @param {Record<string, any>} [given] what is known already: of the customer, the `add_on_ids`, and the `draft_id` that it takes up
 */
export function sellOffer(desk, offer, given = {}) {
  const addOns = addOnsOf(desk.card.offers.offers, offer).filter(({ sale }) => sale === offer.sale);
  return offer.sale === "order" ? order(desk, offer, addOns, given) : preOrder(desk, offer, addOns, given);
}

/**
 * @param {Desk} desk
 * @param {any} offer
 * @param {any[]} addOns
 * @param {Record<string, any>} given
 */
function order(desk, offer, addOns, given) {
  const { address } = desk.card;
  return desk.act({
    title: `Order ${offer.name}`,
    doing: "Place the order",
    done: "The order is placed.",
    about: costs(desk, offer),
    note: payNotice(desk, desk.words.order_deposit, "is paid in advance, as a credit on their first bill."),
    fields: [...customerFields(desk, given), ...addOnFields(addOns, given.add_on_ids)],
    asks: (values) => ({
      path: "/v1/orders",
      body: { address_id: address.address_id, ...customerIn(values), ...bought(offer, addOns, values), draft_id: given.draft_id, channel: CHANNEL },
    }),
    instead: (problem, values) => otherwise(desk, problem, { ...values, draft_id: given.draft_id }),
  });
}

/**
 * @param {Desk} desk
 * @param {any} offer
 * @param {any[]} addOns
 * @param {Record<string, any>} given
 */
function preOrder(desk, offer, addOns, given) {
  const { card, words } = desk;
  return desk.act({
    title: `Pre-order ${offer.name}`,
    doing: "Take the pre-order",
    done: "The pre-order is taken.",
    about: costs(desk, offer),
    note: payNotice(desk, words.deposit, "as a deposit gives them their place in the queue."),
    fields: [
      ...customerFields(desk, given),
      ...addOnFields(addOns, given.add_on_ids),
      { name: "signed", label: `The customer has signed the terms, version ${words.terms}`, type: "checkbox", required: true, value: false },
    ],
    asks: (values) => ({
      path: "/v1/preorders",
      body: { address_id: card.address.address_id, ...customerIn(values), ...bought(offer, addOns, values), draft_id: given.draft_id, terms_accepted_at: new Date().toISOString(), channel: CHANNEL },
    }),
    instead: (problem, values) => otherwise(desk, problem, { ...values, draft_id: given.draft_id }),
  });
}

/**
 * @param {any} offer
 * @param {any[]} addOns
 * @param {Record<string, any>} values
 */
const bought = (offer, addOns, values) => ({ offer_id: offer.offer_id, add_on_ids: addOnsIn(addOns, values) });

/**
 * @param {Desk} desk
 * @param {any} offer
 */
const costs = ({ card }, offer) => h("p", { class: "quiet" }, `${card.address.full_address}: ${firstPrice(offer.price)} a month, taxes come on top.`);

/**
 * What may be done where something was refused, with what was typed so far.
 * @param {Desk} desk
 * @param {import("../../core/api.js").Problem} problem
 * @param {Record<string, any>} values
 * @returns {import("./act.js").Instead[]}
 */
export function otherwise(desk, problem, values) {
  const given = Object.fromEntries(["name", "phone", "email", "wording", "agreed", "draft_id"].filter((name) => name in values).map((name) => [name, values[name]]));
  const wanted = problem.more.alternative;
  const offers = (desk.card.offers?.offers ?? []).filter((/** @type {any} */ each) => each.kind !== "add-on" && each.sale === wanted);
  const offer = offers.find((/** @type {any} */ each) => each.offer_id === problem.more.offer_id) ?? offers[0];
  if (wanted === "pre-order" && offer) return [{ label: `Pre-order ${offer.name} instead`, run: () => sellOffer(desk, offer, given) }];
  if (wanted === "order" && offer) return [{ label: `Order ${offer.name} instead`, run: () => sellOffer(desk, offer, given) }];
  if (wanted) return [{ label: "Note interest instead", run: () => noteInterest(desk, given) }];
  if (problem.code === "duplicate_active_order") return [{ label: "See what is there", run: () => desk.reload() }];
  return [];
}
