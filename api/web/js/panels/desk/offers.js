/** What is sold at the address, and why anything else is not. */

import { h } from "../../core/dom.js";
import { offerFacts } from "../../selling/offer.js";
import { sellOffer } from "./sell.js";

const OVER = new Set(["cancelled", "failed", "rejected", "withdrawn", "converted"]);

/** @param {import("./card.js").Desk} desk */
export function offersSection(desk) {
  const { offers } = desk.card;
  if (!offers) return null;
  const plans = offers.offers.filter((/** @type {any} */ each) => each.kind !== "add-on");
  return h(
    "section",
    { class: "section", "aria-label": "Offers" },
    h("h3", null, "Sold here"),
    plans.length ? h("ul", { class: "offers" }, plans.map((/** @type {any} */ offer) => h("li", { class: "offer" }, offerCard(desk, offer)))) : h("p", { class: "quiet" }, nothing(offers.sale)),
    notSold(offers.not_available),
  );
}

/**
 * @param {import("./card.js").Desk} desk
 * @param {any} offer
 */
function offerCard(desk, offer) {
  const doing = offer.sale === "order" ? "Order" : "Pre-order";
  return [offerFacts(offer), desk.ctx.ui.button(`${doing} ${offer.name}`, () => sellOffer(desk, offer), { kind: isTaken(desk.card) ? "" : "primary" })];
}

/**
 * Whether something is sold there already, so that selling more is not the next thing to do.
 * @param {any} card
 */
const isTaken = ({ orders, preorders }) => orders.some((/** @type {any} */ one) => !OVER.has(one.state)) || preorders.some((/** @type {any} */ one) => !OVER.has(one.state));

/** @param {string | null} sale */
const nothing = (sale) => (sale === "interest" ? "Nothing can be sold here today. Interest can be noted, and counts as demand." : "Nothing is sold here.");

/** @param {any[]} refused */
function notSold(refused) {
  if (!refused.length) return null;
  return h(
    "details",
    null,
    h("summary", null, `Not sold here (${refused.length})`),
    h("ul", { class: "plain-list not-sold" }, refused.map((each) => h("li", null, h("strong", null, each.name), h("span", { class: "small" }, each.reasons.map((/** @type {any} */ reason) => reason.text).join(" "))))),
  );
}
