/** The card of an address at the desk: what is true there, what is sold, who is there, and all that was agreed. */

import { h, replace } from "../../core/dom.js";
import { makeTurns } from "../../core/wanted.js";
import { act } from "./act.js";
import { draftsSection } from "./drafts.js";
import { groundSection } from "./ground.js";
import { historySection } from "./history.js";
import { leadsSection, peopleSection } from "./people.js";
import { offersSection } from "./offers.js";
import { ordersSection } from "./orders.js";
import { preOrdersSection } from "./preorders.js";

/**
 * What the house reads out, has signed and asks for where it sells, and who takes payments.
 * @typedef {import("../../selling/payment.js").Payments & {consent: string, terms: string, deposit: {amount_cents: number, currency: string} | null}} Words
 *
 * What the parts of the card share.
 * @typedef {object} Desk
 * @property {import("../../types.js").Ctx} ctx
 * @property {any} card as the server says it
 * @property {Words} words
 * @property {(action: import("./act.js").Action) => Promise<void>} act do something, and show what is so then
 * @property {() => Promise<void>} reload
 */

/**
 * @param {import("../../types.js").Ctx} ctx
 * @param {(address: any) => unknown} shown hears which address is shown
 */
export function makeCard(ctx, shown) {
  const { api, ui } = ctx;
  const element = h("article", { class: "desk-card", "aria-live": "polite" });
  const turns = makeTurns();
  /** @type {string | null} */
  let asked = null;
  let drawn = { of: /** @type {string | null} */ (null), text: "" };

  /** @param {string} addressId */
  async function load(addressId) {
    if (addressId !== asked) clear(h("p", { class: "quiet" }, "Looking…"));
    asked = addressId;
    const signal = turns.next();
    try {
      const [card, words] = await Promise.all([api.get(`/v1/desk/addresses/${encodeURIComponent(addressId)}`, undefined, { signal }), api.get("/v1/desk", undefined, { signal })]);
      const text = JSON.stringify([card, words]);
      const before = drawn;
      if (before.text === text) return; // nothing new: what has the focus keeps it
      drawn = { of: addressId, text };
      draw({ ctx, card, words, reload, act: (action) => doing(action) });
      if (before.of !== addressId) shown(card.address);
    } catch (problem) {
      if (!signal.aborted) clear(ui.problemBox(problem));
    }
  }

  /** @param {HTMLElement} instead */
  function clear(instead) {
    drawn = { of: null, text: "" };
    replace(element, instead);
  }

  const reload = async () => {
    if (asked) await load(asked);
  };

  /** @param {import("./act.js").Action} action */
  async function doing(action) {
    if ((await act(ctx, action)) === null) return;
    await reload();
    const at = document.activeElement; // whoever has begun something else meanwhile goes on with it
    if (!at || at === document.body || element.contains(at)) element.querySelector("h3")?.focus();
  }

  /** @param {Desk} desk */
  function draw(desk) {
    replace(element, groundSection(desk), ordersSection(desk), preOrdersSection(desk), draftsSection(desk), offersSection(desk), peopleSection(desk), leadsSection(desk), historySection(desk));
  }

  function leave() {
    turns.end();
    asked = null;
  }

  return { element, load, reload, leave };
}
