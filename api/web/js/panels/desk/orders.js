/** The orders at the address: where each stands, what it still needs, what may be done, and what happened to it. */

import { h } from "../../core/dom.js";
import { said } from "../../core/words.js";
import { timeline } from "./history.js";
import { paymentLine } from "./pay.js";
import { verbsOf } from "./verbs.js";
import { accountSaid, heldSaid, kindSaid, offerSaid, priceSaid, stateLook, stateSaid } from "./words.js";

/** @param {import("./card.js").Desk} desk */
export function ordersSection(desk) {
  const { orders } = desk.card;
  if (!orders.length) return null;
  return h("section", { class: "section", "aria-label": "Orders" }, h("h3", null, "Orders"), orders.map((/** @type {any} */ order) => orderCard(desk, order)));
}

/**
 * @param {import("./card.js").Desk} desk
 * @param {any} order
 */
function orderCard(desk, order) {
  const { ui, units } = desk.ctx;
  const customer = desk.card.customers.find((/** @type {any} */ one) => one.contact_id === order.contact_id);
  const facts = [
    customer?.name,
    order.account_number && accountSaid(order.account_number),
    `${kindSaid(order.kind)}, order ${order.order_id}`,
    order.kind !== "cancel" && priceSaid(order.price),
    order.port && `port ${order.port.port}`,
    order.place_in_line && `number ${order.place_in_line} in line for a port`,
    order.release_on && `its week begins ${units.date(order.release_on)}`,
    order.rep && `by ${order.rep}`,
  ];
  return h(
    "article",
    { class: "sale", "aria-label": `Order ${order.order_id}` },
    h("div", { class: "row spread wrap" }, h("h4", null, offerSaid(order)), h("span", { class: `tag ${stateLook(order.state)}` }, stateSaid(order.state))),
    h("p", { class: "small quiet" }, facts.filter(Boolean).join(" · ")),
    order.state === "held" && order.held_why && h("p", { class: "small" }, `Held: ${heldSaid(order.held_why)}.`),
    paymentLine(desk, order.payment),
    needs(order.prerequisites),
    h("div", { class: "row wrap" }, verbsOf(desk, order).map(({ label, run }) => ui.button(label, run, { small: true, kind: label === "Cancel" ? "plain" : "" }))),
    h("details", null, h("summary", null, "What happened"), timeline(desk, order.timeline.map((/** @type {any} */ each) => ({ ...each, at: each.changed_at })))),
  );
}

/**
 * What it needs: what is open with what to do next, and all of it behind that.
 * @param {any[]} prerequisites
 */
function needs(prerequisites) {
  const open = prerequisites.filter(({ state }) => state === "open");
  if (!prerequisites.length) return null;
  return [
    open.length > 0 && h("ul", { class: "open-needs", "aria-label": "What it still needs" }, open.map(({ label, why, next_step }) => h("li", null, h("strong", null, why ?? label), next_step && h("span", { class: "small" }, next_step)))),
    h("details", null, h("summary", null, open.length ? `What it needs (${open.length} open)` : "It has all that it needs"), h("ul", { class: "needed" }, prerequisites.map(need))),
  ];
}

/** @param {any} one */
function need({ label, state }) {
  const mark = { met: "✓", open: "○" }[/** @type {"met" | "open"} */ (state)] ?? "–";
  return h("li", { class: state }, `${mark} ${label}`, h("span", { class: "only-read" }, state === "met" ? ": done" : ""), state !== "met" && h("span", { class: "small" }, ` (${state === "open" ? "open" : said(state).toLowerCase() + " here"})`));
}
