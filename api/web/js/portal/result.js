/** The second step: what is true at the address, and what is sold there. */

import { api } from "../core/api.js";
import { h } from "../core/dom.js";
import { button, problemBox } from "../core/ui.js";
import { buyStep } from "./buy.js";
import { interestStep } from "./interest.js";
import { progressOf } from "./progress.js";
import { firstPrice, money, speed, when } from "./words.js";

/** @type {Record<string, {title: string, text: (expected: any) => string}>} */
const SAID = {
  "order": { title: "Yes, fiber is here", text: () => "You can order today." },
  "pre-order": { title: "Fiber is on its way", text: (expected) => `We expect to be ready ${when(expected)}. Pre-order now, and your price and your place in the queue are held.` },
  "interest": { title: "Not here yet", text: () => "There is nothing to order at this address today. Leave us a line, and you hear from us when that changes; it also tells us where to build next." },
  "none": { title: "We do not sell here", text: () => "This address is not a place that we serve." },
};

/**
 * @param {import("./main.js").Shop} shop
 * @param {any} checked the answer of a check, with a settled address
 */
export async function resultStep(shop, checked) {
  const { address_id, address } = checked.match;
  const place = { address_id, address: typeof address === "string" ? address : address.full };
  const query = { address_id, channel: "portal" };
  try {
    const [told, zone] = await Promise.all([api.get("/v1/offers", query), progressOf(address_id)]);
    const said = SAID[told.sale ?? "none"];
    const best = checked.serviceability?.technologies?.[0];
    shop.show(
      said.title,
      h("p", { class: "lead" }, place.address),
      h("p", { class: `verdict ${checked.serviceability?.class ?? ""}` }, said.text(best?.expected_live)),
      zone,
      offersOf(shop, place, told),
      (told.sale === "interest" || !told.offers.length) && told.sale && h("div", null, button("Tell me when", () => interestStep(shop, place), { kind: "primary" })),
      h("div", null, button("Another address", shop.again, { kind: "plain" })),
    );
  } catch (problem) {
    shop.show("That did not work", problemBox(problem), button("Another address", shop.again));
  }
}

/**
 * @param {import("./main.js").Shop} shop
 * @param {{address_id: number, address: string}} place
 * @param {any} told
 */
function offersOf(shop, place, told) {
  const plans = told.offers.filter((/** @type {any} */ each) => each.kind !== "add-on");
  if (!plans.length) return null;
  return h(
    "section",
    { class: "section" },
    h("h2", null, "What you can have"),
    h("ul", { class: "offers" }, plans.map((/** @type {any} */ offer) => h("li", { class: "offer" }, offerCard(shop, place, offer, told)))),
  );
}

/**
 * @param {import("./main.js").Shop} shop
 * @param {{address_id: number, address: string}} place
 * @param {any} offer
 * @param {any} told
 */
function offerCard(shop, place, offer, told) {
  const add_ons = told.offers.filter((/** @type {any} */ each) => each.kind === "add-on" && each.goes_with.includes(offer.code));
  const { price } = offer;
  const listed = (/** @type {any[]} */ fees) => fees.map(({ name, amount_cents }) => `${name} ${money(amount_cents, price.currency)}`).join(", ");
  const doing = offer.sale === "order" ? "Order" : "Pre-order";
  const small = [
    price.introductory && `For ${price.introductory.months} months, then ${money(price.monthly_cents, price.currency)} a month.`,
    price.monthly_fees.length && `Every month besides: ${listed(price.monthly_fees)}.`,
    price.once.length ? `Once: ${listed(price.once)}.` : "Nothing to pay once.",
    offer.term_months ? `Bound for ${offer.term_months} months${offer.early_termination_cents ? `; leaving earlier costs up to ${money(offer.early_termination_cents, price.currency)}` : ""}.` : "Cancel any time.",
    "Taxes come on top.",
  ];
  return [
    h("h3", null, offer.name),
    offer.down_mbps && h("p", null, `${speed(offer.down_mbps)} down, ${speed(offer.up_mbps)} up`),
    h("p", null, h("span", { class: "price" }, firstPrice(price)), " a month"),
    h("p", { class: "small quiet" }, small.filter(Boolean).join(" ")),
    offer.label && h("p", { class: "small" }, h("a", { href: offer.label, target: "_blank", rel: "noopener" }, `Broadband facts of ${offer.name}`)),
    button(`${doing} ${offer.name}`, () => buyStep(shop, place, offer, add_ons), { kind: "primary" }),
  ];
}
