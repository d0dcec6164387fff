/** How the desk says what became of leads, pre-orders and orders. */

import { said } from "../../core/words.js";
import { accountGrouped, money } from "../../selling/words.js";

/** @type {Record<string, string>} */
const STATES = {
  acknowledged: "Taken",
  pending: "Waits for something",
  inProgress: "Goes ahead",
  held: "Held",
  completed: "Completed",
  cancelled: "Cancelled",
  failed: "Failed on site",
  partial: "Done in part",
  rejected: "Rejected",
  new: "New",
  qualified: "Qualified",
  "pre-ordered": "Deposit to come",
  committed: "Committed",
  waiting: "Waits for a port",
  converted: "Became an order",
  withdrawn: "Withdrawn",
  lost: "Came to nothing",
};
/** @type {Record<string, "" | "good" | "warn" | "bad">} */
const LOOKS = { inProgress: "good", completed: "good", committed: "good", pending: "warn", held: "warn", "pre-ordered": "warn", waiting: "warn", failed: "bad", rejected: "bad" };
/** @type {Record<string, string>} */
const KINDS = { new: "New service", change: "Change of offer", move: "Move", transfer: "Transfer", cancel: "End of service" };
/** @type {Record<string, string>} */
const HELD = { person: "somebody holds it", on_hold: "a hold is in force there", not_build: "it is not built there", duplicate_active_order: "there is another order" };

/** @param {string} state */
export const stateSaid = (state) => STATES[state] ?? said(state);

/** @param {string} state */
export const stateLook = (state) => LOOKS[state] ?? "";

/** @param {string} kind */
export const kindSaid = (kind) => KINDS[kind] ?? said(kind);

/** @param {string} why */
export const heldSaid = (why) => HELD[why] ?? said(why).toLowerCase();

/**
 * What is paid a month and once, of a price that was agreed.
 * @param {any} price
 */
export function priceSaid(price) {
  if (price?.monthly_cents === undefined) return null;
  const once = price.once_cents ? `, ${money(price.once_cents, price.currency)} once` : "";
  return `${money(price.monthly_cents, price.currency)} a month${once}`;
}

/**
 * What was bought, by the names that the price tells.
 * @param {any} sold an order or a pre-order
 */
export function offerSaid({ price, offer_id, technology }) {
  const bought = [price?.offer_id, ...(price?.add_on_ids ?? [])];
  const names = bought.map((id) => price?.lines?.find((/** @type {any} */ line) => line.offer_id === id)?.name);
  return names.filter(Boolean).join(", ") || `${said(technology)}, offer ${offer_id}`;
}

/** @type {Record<string, string>} */
const CHANNELS = { csr: "at the desk", portal: "on the portal", web: "on the web", door: "at the door", phone: "by phone" };

/** @param {string} channel */
export const channelSaid = (channel) => CHANNELS[channel] ?? `by ${said(channel).toLowerCase()}`;

/** @param {string} number */
export const accountSaid = (number) => `account ${accountGrouped(number)}`;

/** @param {string} phone in E.164 */
export function phoneSaid(phone) {
  const [, area, exchange, line] = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(phone) ?? [];
  return area ? `${area}-${exchange}-${line}` : phone;
}
