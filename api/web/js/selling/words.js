/** How what is sold is said: money, speeds, dates. The portal and the desk say it alike. */

/**
 * @param {number} cents minor units
 * @param {string} currency
 */
export function money(cents, currency) {
  return new Intl.NumberFormat("en-US", { style: "currency", currency, minimumFractionDigits: cents % 100 ? 2 : 0 }).format(cents / 100);
}

/**
 * What the first month costs.
 * @param {any} price
 */
export const firstPrice = (price) => money(price.introductory?.monthly_cents ?? price.monthly_cents, price.currency);

/** @param {number} mbps */
export function speed(mbps) {
  return mbps >= 1_000 ? `${(mbps / 1_000).toLocaleString("en-US", { maximumFractionDigits: 1 })} Gbps` : `${mbps} Mbps`;
}

const QUARTERS = ["first", "second", "third", "fourth"];
const MONTH = new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric", timeZone: "UTC" });
const DAY = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });

/**
 * An expected date, as finely as it is told.
 * @param {{date: string | null, precision: string | null} | null | undefined} expected
 */
export function when(expected) {
  if (!expected?.date) return "at a date that is not set yet";
  const day = new Date(`${expected.date}T00:00:00Z`);
  if (expected.precision === "year") return `in ${day.getUTCFullYear()}`;
  if (expected.precision === "quarter") return `in the ${QUARTERS[Math.floor(day.getUTCMonth() / 3)]} quarter of ${day.getUTCFullYear()}`;
  return expected.precision === "month" ? `in ${MONTH.format(day)}` : `on ${DAY.format(day)}`;
}

/** @param {string} text a date or moment */
export function onDay(text) {
  return DAY.format(new Date(text.length === 10 ? `${text}T00:00:00Z` : text));
}

/**
 * An account number in groups, as it is read out.
 * @param {string} number the letter and eight digits
 */
export const accountGrouped = (number) => number.replace(/^(.)(.{4})(.{4})$/, "$1 $2 $3");
