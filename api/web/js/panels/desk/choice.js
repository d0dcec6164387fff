/** What a customer has from now on: a plan that may be ordered at an address, and what goes with it. */

import { h } from "../../core/dom.js";
import { addOnFields, addOnsIn } from "../../selling/offer.js";
import { firstPrice } from "../../selling/words.js";

/** @typedef {import("../../core/ui.js").Field} Field */

/**
 * The choice of what follows an order, with what the customer has as it is; the server says no where nothing is sold.
 * @param {any} offers what is sold there, and what is not
 * @param {any} order
 */
export function choiceOf(offers, order) {
  const sold = (offers?.offers ?? []).filter((/** @type {any} */ { sale }) => sale === "order");
  const plans = sold.filter((/** @type {any} */ { kind }) => kind !== "add-on");
  const addOns = sold.filter((/** @type {any} */ { kind }) => kind === "add-on");
  const [plan, ...had] = boughtIn(order.price);
  const now = plan && plans.find((/** @type {any} */ offer) => isSame(offer, plan));
  /** @type {Field} */
  const field = {
    name: "offer_id",
    label: "Offer",
    type: "select",
    value: String(now?.offer_id),
    required: true,
    hint: plans.length ? undefined : "Nothing can be ordered there today.",
    options: plans.map((/** @type {any} */ offer) => ({ value: String(offer.offer_id), label: `${offer.name}, ${firstPrice(offer.price)} a month${offer === now ? " (as now)" : ""}` })),
  };
  const boxes = addOnFields(addOns).map((box, at) => ({
    ...box,
    value: had.some((one) => isSame(addOns[at], one)),
    hint: goesWith(addOns[at], plans),
  }));
  const lost = [...(plan && !now ? [plan] : []), ...had.filter((one) => !addOns.some((/** @type {any} */ offer) => isSame(offer, one)))];
  return {
    fields: [field, ...boxes],
    note: lost.length > 0 && h("ul", { class: "open-needs", "aria-label": "What they lose" }, lost.map((one) => h("li", null, h("strong", null, `They lose ${one.name}.`), h("span", { class: "small" }, whyNot(offers, one))))),
    /** @param {Record<string, any>} values */
    chosen: (values) => ({ offer_id: Number(values.offer_id), add_on_ids: addOnsIn(addOns, values) }),
  };
}

/**
 * What was bought: the plan, and what goes with it. A later revision has another id, and the same name.
 * @param {any} price
 * @returns {{offer_id: number, name: string}[]}
 */
function boughtIn(price) {
  const ids = [price?.offer_id, ...(price?.add_on_ids ?? [])];
  return ids.map((id) => price?.lines?.find((/** @type {any} */ line) => line.offer_id === id)).filter(Boolean);
}

/** @type {(offer: any, bought: {offer_id: number, name: string}) => boolean} */
const isSame = (offer, bought) => offer.offer_id === bought.offer_id || offer.name === bought.name;

/**
 * Which plans an add-on goes with, where that is not all of them.
 * @param {any} addOn
 * @param {any[]} plans
 */
function goesWith({ goes_with: codes }, plans) {
  const those = plans.filter(({ code, parts }) => [code, ...parts].some((each) => codes.includes(each)));
  return those.length < plans.length ? `Goes with ${those.map(({ name }) => name).join(", ")}.` : undefined;
}

/**
 * @param {any} offers
 * @param {{offer_id: number, name: string}} bought
 */
function whyNot(offers, bought) {
  const refused = (offers?.not_available ?? []).find((/** @type {any} */ offer) => isSame(offer, bought));
  return refused ? refused.reasons[0].text : "It is not sold there.";
}
