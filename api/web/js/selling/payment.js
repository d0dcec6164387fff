/** What is paid with: a token of the gateway, never a card. Where payments are simulated, one of its labelled test cards. */

import { h } from "../core/dom.js";

/**
 * @typedef {{gateway: string, test_cards: {value: string, label: string}[]}} Payments who takes payments; `simulated` moves no money
 *
 * @param {Payments} payments
 * @param {string} label
 * @param {{value: string, label: string}[]} [first] what may be chosen before the cards
 * @returns {import("../core/ui.js").Field}
 */
export function cardField({ test_cards }, label, first = []) {
  return { name: "token", label, type: "select", options: [...first, ...test_cards] };
}

/** @param {Payments} payments */
export function simulatedNotice({ gateway }) {
  return gateway === "simulated" && h("p", { class: "simulated" }, h("strong", null, "Simulated payment. "), "No money moves, and no card is asked for: choose a test card.");
}
