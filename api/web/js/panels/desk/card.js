/** The card of an address at the desk: what is true there, what is sold, who is there, and all that was agreed. */

import { h, replace } from "../../core/dom.js";
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
  let asking = new AbortController();
  /** @type {string | null} */
  let showing = null;

  /** @param {string} addressId */
  async function load(addressId) {
    if (addressId !== showing) replace(element, h("p", { class: "quiet" }, "Looking…"));
    const first = addressId !== showing;
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const [card, words] = await Promise.all([api.get(`/v1/desk/addresses/${encodeURIComponent(addressId)}`, undefined, { signal }), api.get("/v1/desk")]);
      if (signal.aborted) return;
      showing = addressId;
      draw({ ctx, card, words, reload, act: (action) => doing(action) });
      if (first) shown(card.address);
    } catch (problem) {
      if (!signal.aborted) replace(element, ui.problemBox(problem));
    }
  }

  const reload = async () => {
    if (showing) await load(showing);
  };

  /** @param {import("./act.js").Action} action */
  async function doing(action) {
    if ((await act(ctx, action)) === null) return;
    await reload();
    element.querySelector("h3")?.focus();
  }

  /** @param {Desk} desk */
  function draw(desk) {
    replace(element, groundSection(desk), ordersSection(desk), preOrdersSection(desk), draftsSection(desk), offersSection(desk), peopleSection(desk), leadsSection(desk), historySection(desk));
  }

  function leave() {
    asking.abort();
    showing = null;
  }

  return { element, load, reload, leave };
}
