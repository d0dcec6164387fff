/** How far a zone is: how many have committed of how many are wanted. Never more than there are. */

import { api } from "../core/api.js";
import { h, newId } from "../core/dom.js";
import { onDay } from "../selling/words.js";

/**
 * Return the progress of the zone of an address; null where it is in none.
 * @param {number} addressId
 * @param {AbortSignal} signal
 */
export async function progressOf(addressId, signal) {
  const { zone } = await api.get("/v1/portal/zone", { address_id: addressId }, { signal });
  if (!zone) return null;
  const id = newId("zone");
  const goal = zone.goal.toLocaleString("en-US");
  const said = zone.reached ? "The goal is reached." : zone.counted === null ? `Fewer than ${zone.fewer_than} of ${goal} have committed so far.` : `${zone.counted.toLocaleString("en-US")} of ${goal} have committed.`;
  return h(
    "section",
    { class: "progress" },
    h("h2", { id }, zone.name),
    zone.counted !== null && h("meter", { min: 0, max: Math.max(zone.goal, 1), value: Math.min(zone.counted, zone.goal), "aria-labelledby": id }),
    h("p", null, said, zone.deadline ? ` Open until ${onDay(zone.deadline)}.` : ""),
    h("p", { class: "small quiet" }, `What counts: ${zone.counts}.`),
  );
}
