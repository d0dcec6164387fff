/** How something is paid at the desk: a token of the gateway, never a card. */

import { cardField, simulatedNotice } from "../../selling/payment.js";

const LATER = { value: "", label: "Pay later" };

/**
 * @param {import("./card.js").Desk} desk
 * @param {{required: boolean}} asked
 * @returns {import("../../core/ui.js").Field}
 */
export function payField({ words }, { required }) {
  if (words.test_cards.length) return cardField(words, required ? "Test card" : "Payment method", required ? [] : [LATER]);
  return { name: "token", label: "Payment token", required, hint: "Of the gateway's card field, as tok_ or pm_. Never type a card number.", props: { autocomplete: "off", maxlength: 200 } };
}

/** @param {import("./card.js").Desk} desk */
export const payNotice = ({ words }) => simulatedNotice(words);
