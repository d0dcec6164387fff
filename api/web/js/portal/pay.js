/** Paying at the portal: off to the gateway's page, and on coming back what is so, which the gateway says and not the way back. */

import { api } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { button, problemBox } from "../core/ui.js";
import { amount, paymentSaid, simulatedNotice } from "../selling/payment.js";

const EMBEDDED = parent !== window;

/**
 * Go to the page where something is paid. In the page of another site nobody can be taken there but by their own click.
 * @param {import("../selling/payment.js").Payment | null} payment
 */
export function goToPay(payment) {
  if (payment?.page_url && !EMBEDDED) location.assign(payment.page_url);
}

/**
 * The link to the page, for whoever is not taken there or has come back without paying.
 * @param {import("../selling/payment.js").Payment} payment
 */
export const payLink = (payment) => h("a", { class: "button primary", href: payment.page_url, target: "_top" }, `Pay ${amount(payment)}`);

/**
 * What is said of the payment of something that is followed, with the way to pay it.
 * @param {import("./main.js").Shop} shop
 * @param {any} told
 * @param {string} token
 */
export function paymentSection(shop, told, token) {
  const { payment, payment_due: due } = told;
  if (!payment && !(due && shop.portal.payment_pages)) return null;
  const place = h("div", { class: "stack", "aria-live": "polite" });
  const pay = async () => {
    try {
      const now = await shop.sent(api.post(`/v1/follow/${token}:pay`));
      goToPay(now.payment);
      replace(place, now.payment?.page_url ? payLink(now.payment) : h("p", null, "The page is not there yet. Look again in a minute."));
    } catch (problem) {
      replace(place, problemBox(problem));
    }
  };
  const open = payment?.page_url && due;
  return h(
    "section",
    { class: "section", "data-payment": payment?.state ?? "none" },
    h("h2", null, "Payment"),
    h("p", null, payment ? paymentSaid(payment) : "It is not paid yet."),
    due && simulatedNotice(shop.portal),
    due && (open ? h("div", null, payLink(payment)) : shop.portal.payment_pages && h("div", null, button("Pay now", pay, { kind: "primary" }))),
    place,
  );
}
