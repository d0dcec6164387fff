/** The pre-orders at the address: their place in line, what was promised, and what may be done with them. */

import { h } from "../../core/dom.js";
import { isSimulated } from "../../selling/payment.js";
import { money } from "../../selling/words.js";
import { paymentLine, sendPaymentLink } from "./pay.js";
import { otherwise } from "./sell.js";
import { accountSaid, offerSaid, priceSaid, stateLook, stateSaid } from "./words.js";

/** @typedef {import("./card.js").Desk} Desk */

const ACTIVE = ["pre-ordered", "committed", "waiting"];

/** @param {Desk} desk */
export function preOrdersSection(desk) {
  const { preorders } = desk.card;
  if (!preorders.length) return null;
  return h("section", { class: "section", "aria-label": "Pre-orders" }, h("h3", null, "Pre-orders"), preorders.map((/** @type {any} */ each) => preOrderCard(desk, each)));
}

/**
 * @param {Desk} desk
 * @param {any} preorder
 */
function preOrderCard(desk, preorder) {
  const { ui, units } = desk.ctx;
  const active = ACTIVE.includes(preorder.state);
  const where = preorder.zone ?? preorder.phase;
  const facts = [
    preorder.contact?.name,
    preorder.account_number && accountSaid(preorder.account_number),
    active && preorder.place && `number ${preorder.place} in line${where ? ` of ${where}` : ""}`,
    priceSaid(preorder.price),
    active && preorder.price_locked_until && `price held until ${units.date(preorder.price_locked_until)}`,
    deposit(preorder),
    preorder.order_id && `order ${preorder.order_id}`,
  ];
  return h(
    "article",
    { class: "sale", "aria-label": `Pre-order ${preorder.preorder_id}` },
    h("div", { class: "row spread wrap" }, h("h4", null, offerSaid(preorder)), h("span", { class: `tag ${stateLook(preorder.state)}` }, stateSaid(preorder.state))),
    h("p", { class: "small quiet" }, facts.filter(Boolean).join(" · ")),
    preorder.state === "pre-ordered" && paymentLine(desk, preorder.payment),
    active &&
      h(
        "div",
        { class: "row wrap" },
        preorder.state === "pre-ordered" && !preorder.payment?.page_url && ui.button("Payment link", () => payDeposit(desk, preorder), { small: true }),
        ui.button("Withdraw", () => withdraw(desk, preorder), { small: true, kind: "plain" }),
      ),
  );
}

/** @param {any} preorder */
function deposit({ deposit: paid, payment }) {
  if (!paid) return null;
  return `deposit ${money(paid.amount_cents, paid.currency)} ${paid.state === "held" ? "is held" : paid.state}${isSimulated(payment) ? " (simulated)" : ""}`;
}

/** @type {(desk: Desk, preorder: any) => unknown} */
const payDeposit = (desk, preorder) => sendPaymentLink(desk, `/v1/preorders/${preorder.preorder_id}:pay`, (problem, values) => otherwise(desk, problem, values));

/** @type {(desk: Desk, preorder: any) => unknown} */
const withdraw = (desk, preorder) => desk.act(withdrawing(preorder.preorder_id));

/**
 * What takes a pre-order back; the queues have it too.
 * @param {number} id
 * @returns {import("./act.js").Action}
 */
export const withdrawing = (id) => ({
  title: "Withdraw the pre-order",
  doing: "Withdraw it",
  done: "The pre-order is withdrawn.",
  danger: true,
  fields: [{ name: "why", label: "Why", type: "select", options: [{ value: "customer", label: "They do not want it any more" }, { value: "slipped", label: "The date moved, and they want out" }] }],
  asks: (values) => ({ path: `/v1/preorders/${id}:withdraw`, body: values }),
});
