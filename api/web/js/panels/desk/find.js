/** The box of the desk: a name, a phone number, an e-mail address, an account number, an address, or an order's number. */

import { h, newId, replace } from "../../core/dom.js";
import { icon } from "../../core/icons.js";
import { makeTurns } from "../../core/wanted.js";
import { phoneSaid, stateSaid } from "./words.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

/** @type {Record<string, string>} */
const KINDS = { address: "Address", customer: "Customer", order: "Order", lead: "Lead", preorder: "Pre-order" };
/** @type {Record<string, string>} */
const ICONS = { address: "address", customer: "user", order: "list", lead: "bell", preorder: "calendar" };

/**
 * Make the box; what was found stays in it, and nowhere else. One address alone is opened at once.
 * @param {Ctx} ctx
 * @param {(addressId: number) => void} open
 */
export function makeFind({ api, ui }, open) {
  const found = h("div", { class: "stack", "aria-live": "polite" });
  const id = newId("find");
  const input = h("input", { class: "input", id, type: "search", autocomplete: "off", spellcheck: "false", maxlength: "200", placeholder: "Name, phone, e-mail, account, address or order" });
  const turns = makeTurns();

  /** @param {Event} event */
  async function find(event) {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    const signal = turns.next();
    try {
      const { results, more, hint } = await api.post("/v1/desk:search", { text }, { signal });
      const places = new Set(results.map((/** @type {any} */ one) => one.address_id));
      show(results, more, hint);
      if (places.size === 1 && !more) open(results[0].address_id);
    } catch (problem) {
      if (!signal.aborted) replace(found, ui.problemBox(problem));
    }
  }

  /**
   * @param {any[]} results
   * @param {boolean} more
   * @param {string | null} hint what is wrong with an account number
   */
  function show(results, more, hint) {
    if (hint) return void replace(found, ui.empty({ title: "Nobody is found", body: hint }));
    if (!results.length) return void replace(found, ui.empty({ title: "Nobody and nothing is found", body: "Type less of it, or look for the address: a customer who is new begins there." }));
    replace(
      found,
      h("ul", { class: "hits", "aria-label": "What was found" }, results.map((one) => h("li", null, hit(one)))),
      more && h("p", { class: "small quiet" }, "There is more: type more of it."),
    );
  }

  /** @param {any} one */
  function hit({ kind, address_id, full_address, name, phone, email, state, why }) {
    const reach = why === "email" ? email : phone && phoneSaid(phone);
    const rest = [name && full_address, reach, state && stateSaid(state)].filter(Boolean).join(" · ");
    return h(
      "button",
      { type: "button", class: "hit", onclick: () => open(address_id) },
      icon(ICONS[kind]),
      h("span", { class: "grow" }, h("strong", null, name || full_address || "Without a name"), rest && h("span", { class: "small quiet" }, rest)),
      h("span", { class: "tag" }, KINDS[kind]),
    );
  }

  const form = h(
    "form",
    { class: "find", role: "search", "aria-label": "Customers and addresses", onsubmit: find },
    h("label", { class: "only-read", for: id }, "Name, phone, e-mail, account, address or order"),
    input,
    h("button", { type: "submit", class: "button primary" }, icon("search"), "Find"),
  );
  return { form, input, found, stop: turns.end };
}
