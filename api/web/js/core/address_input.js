/** An input for an address, with the addresses that it may be below it as somebody types. */

import { api } from "./api.js";
import { combobox } from "./combobox.js";

const PAUSE_MS = 150;
const SHORTEST = 3;

/**
 * @typedef {{text: string, address_id: number | null}} Suggested an address, or a street or building that leads to some
 *
 * @param {Record<string, any>} props further attributes of the input
 * @param {(one: Suggested) => unknown} take
 */
export function addressInput(props, take) {
  const made = combobox({
    label: "Addresses",
    look: "suggested",
    pauseMs: PAUSE_MS,
    shortest: SHORTEST,
    first: -1,
    ask: async (q, signal) => /** @type {Suggested[]} */ ((await api.get("/v1/address-suggest", { q, limit: 6 }, { signal })).suggestions),
    draw: ({ text }) => text,
    choose(one) {
      made.input.value = one.text;
      take(one);
    },
    props: { maxlength: "300", ...props },
  });
  return made;
}
