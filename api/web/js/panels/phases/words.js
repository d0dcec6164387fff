/** What phases say in words. */

/** @type {Record<string, string>} */
export const REASONS = {
  hold: "On hold",
  no_port: "No free port at the terminal",
  flagged: "A flag stands in the way",
  not_serviceable: "Nothing that one sells to",
  source_not_permitted: "The source does not permit sales",
  not_build: "Not in build",
  drop_over_limit: "The drop is over the limit",
  no_terminal: "No terminal in reach",
};

/** @type {Record<string, string>} */
export const EVENTS = {
  ServiceabilityChanged: "Serviceability changed",
  PlanPromoted: "A plan version came into force",
  AddressesMerged: "Addresses became one",
};

/**
 * @param {import("../../types.js").Ctx["units"]} units
 * @param {Record<string, number>} counts
 */
export function byClass(units, counts) {
  const parts = ["build", "pre-build"].filter((id) => counts[id]).map((id) => `${units.number(counts[id])} ${id}`);
  return parts.join(", ") || "None";
}

/**
 * When what is not open is expected, and when it was first.
 * @param {import("../../types.js").Ctx} ctx
 * @param {any} phase
 */
export function expectedOf({ units }, phase) {
  if (!phase.expected_to) return phase.areas_open === phase.areas ? "Open" : "No date";
  const now = units.date(phase.expected_to);
  const late = phase.original_to && phase.original_to !== phase.expected_to;
  return late ? `${now} (was ${units.date(phase.original_to)})` : now;
}

/** Today as a civil date, UTC, as the server counts days. */
export function today() {
  return new Date().toISOString().slice(0, 10);
}
