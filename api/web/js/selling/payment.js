/** Paying: at the gateway's own page, never on ours. Where payments are simulated that page says so and has test cards. */

import { h } from "../core/dom.js";
import { money } from "./words.js";

/**
 * @typedef {{amount_cents: number, currency: string}} Due
 * @typedef {{gateway: string, payment_pages: boolean, deposit: Due | null, order_deposit: Due | null}} Payments who takes payments; `simulated` moves no money
 * @typedef {Due & {state: string, gateway: string, page_url: string | null, expires_at: string | null}} Payment
 */

/** @param {Due} due */
export const amount = ({ amount_cents, currency }) => money(amount_cents, currency);

/** @param {{gateway: string}} of */
export const isSimulated = ({ gateway }) => gateway === "simulated";

/** @param {Payments} payments */
export function simulatedNotice(payments) {
  return isSimulated(payments) && h("p", { class: "simulated" }, h("strong", null, "Simulated payment. "), "No money moves: the payment page has test cards to choose from.");
}

/**
 * How far a payment is, in words; one that no money moved by says so wherever it is told.
 * @param {Payment} payment
 */
export function paymentSaid(payment) {
  const simulated = isSimulated(payment);
  return simulated ? `${howFar(payment)} Simulated: no money ${payment.state === "captured" ? "moved" : "moves"}.` : howFar(payment);
}

/** @param {Payment} payment */
function howFar(payment) {
  const { state } = payment;
  if (state === "captured") return `${amount(payment)} is paid.`;
  if (state === "failed") return `${amount(payment)} is not paid.`;
  if (state === "awaiting" && payment.page_url) return `${amount(payment)} is not paid yet.`;
  return `The payment of ${amount(payment)} is being settled. Look again in a minute.`;
}
