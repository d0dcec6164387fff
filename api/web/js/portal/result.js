/** The second step: what is true at the address, and what is sold there. */

import { api } from "../core/api.js";
import { h } from "../core/dom.js";
import { button, problemBox } from "../core/ui.js";
import { addOnsOf, offerFacts } from "../selling/offer.js";
import { when } from "../selling/words.js";
import { buyStep } from "./buy.js";
import { interestStep } from "./interest.js";
import { progressOf } from "./progress.js";

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
  const signal = shop.turn();
  try {
    const [told, zone] = await Promise.all([api.get("/v1/offers", query, { signal }), progressOf(address_id, signal)]);
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
    if (!signal.aborted) shop.show("That did not work", problemBox(problem), button("Another address", shop.again));
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
  const doing = offer.sale === "order" ? "Order" : "Pre-order";
  return [
    offerFacts(offer),
    button(`${doing} ${offer.name}`, () => buyStep(shop, place, offer, addOnsOf(told.offers, offer)), { kind: "primary" }),
  ];
}
