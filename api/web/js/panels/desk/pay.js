/** Paying at the desk: the customer does it, at the gateway's page; whoever sells sends the link and never sees a card. */

import { h } from "../../core/dom.js";
import { amount, paymentSaid, simulatedNotice } from "../../selling/payment.js";

/**
 * What is said before something is sold that is to be paid.
 * @param {import("./card.js").Desk} desk
 * @param {import("../../selling/payment.js").Due | null} due
 * @param {string} why
 */
export function payNotice({ words }, due, why) {
  if (!due) return null;
  const how = words.payment_pages ? "They pay at a payment page; you send them its link." : "Nobody can be sent to a payment page: this server does not know its own address.";
  return [h("p", null, `${amount(due)} ${why} ${how}`), simulatedNotice(words)];
}

/**
 * How far a payment is, with the link to its page while the customer may pay there.
 * @param {import("./card.js").Desk} desk
 * @param {import("../../selling/payment.js").Payment | null} payment
 */
export function paymentLine({ ctx }, payment) {
  if (!payment) return null;
  const { page_url: url } = payment;
  return h(
    "div",
    { class: "row wrap", "data-payment": payment.state },
    h("span", { class: "small" }, paymentSaid(payment)),
    url && ctx.ui.button("Copy the payment link", () => copy(ctx, url), { small: true }),
    url && h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, "Open the payment page"),
  );
}

/**
 * Make a link to the page where something is paid.
 * @param {import("./card.js").Desk} desk
 * @param {string} path
 * @param {import("./act.js").Action["instead"]} instead
 */
export function sendPaymentLink(desk, path, instead) {
  return desk.act({ title: "Payment link", doing: "Make the link", done: "The payment link is there: copy it for the customer.", note: simulatedNotice(desk.words), asks: () => ({ path, body: {} }), instead });
}

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {string} text
 */
async function copy(ctx, text) {
  try {
    await navigator.clipboard.writeText(text);
    ctx.ui.toast("Copied.", { kind: "good" });
  } catch {
    ctx.ui.toast("The browser does not let this page copy: open the payment page, and copy its address.", { kind: "bad" });
  }
}
