/** The first step: which address is meant. Whatever is typed, a person settles it; nothing is guessed. */

import { addressInput } from "../core/address_input.js";
import { api } from "../core/api.js";
import { h, newId, replace } from "../core/dom.js";
import { button, problemBox } from "../core/ui.js";

/** @type {Record<string, string>} */
const NOT_FOUND = {
  number_not_found: "We know this street, but not this house number.",
  street_not_found: "We do not know this street there.",
  outside_area: "We do not know this city or ZIP code yet.",
  not_a_service_address: "This is a mailing address. Please give the address of the building.",
  unit_not_found: "We know this building, but not this unit.",
  unparsable: "We could not read this as an address.",
};

/** @param {import("./main.js").Shop} shop */
export function findStep(shop) {
  const told = h("div", { class: "stack", "aria-live": "polite" });
  const box = addressBox((typed) => check(shop, typed, told));
  shop.show(
    "Can you get fiber at home?",
    h("p", { class: "lead" }, "Type your address, with the unit if there is one."),
    box,
    told,
  );
}

/**
 * Check what was typed, and go on or ask back.
 * @param {import("./main.js").Shop} shop
 * @param {Record<string, any>} typed `q` or `address_id`
 * @param {HTMLElement} told
 */
async function check(shop, typed, told) {
  replace(told, h("p", { class: "quiet" }, "Looking…"));
  const signal = shop.turn();
  try {
    const checked = await api.post("/v1/address-check", { ...typed, channel: "portal" }, { signal });
    const { match } = checked;
    if (match.next_action === "accept") return await shop.settled(checked);
    replace(told, question(shop, checked, typed, told));
    return told.querySelector("h2")?.focus();
  } catch (problem) {
    return signal.aborted ? undefined : replace(told, problemBox(problem));
  }
}

/**
 * @param {import("./main.js").Shop} shop
 * @param {any} checked
 * @param {Record<string, any>} typed
 * @param {HTMLElement} told
 */
function question(shop, checked, typed, told) {
  const { match, candidates } = checked;
  const choose = (/** @type {number} */ id) => check(shop, { address_id: id }, told);
  const units = (checked.units ?? []).filter((/** @type {any} */ unit) => unit.address_id);
  if (match.next_action === "choose_unit" && units.length) return unitQuestion(units, choose);
  if (candidates.length && (match.next_action === "confirm" || match.next_action === "choose_candidate")) {
    return h(
      "section",
      { class: "section" },
      h("h2", { tabindex: "-1" }, candidates.length === 1 ? "Is this it?" : "Which one is it?"),
      h("ul", { class: "choices" }, candidates.map((/** @type {any} */ each) => h("li", null, button(each.address, () => choose(each.address_id), { kind: "" })))),
      missing(shop, typed.q),
    );
  }
  return h(
    "section",
    { class: "section" },
    h("h2", { tabindex: "-1" }, "We did not find that"),
    h("p", null, NOT_FOUND[match.status] ?? "Please check how it is written."),
    candidates.length > 0 && [
      h("p", null, "Did you mean one of these?"),
      h("ul", { class: "choices" }, candidates.map((/** @type {any} */ each) => h("li", null, button(each.address, () => choose(each.address_id))))),
    ],
    missing(shop, typed.q),
  );
}

/**
 * @param {any[]} units
 * @param {(id: number) => unknown} choose
 */
function unitQuestion(units, choose) {
  const id = newId("unit");
  const list = h("select", { class: "input", id }, units.map((unit) => h("option", { value: unit.address_id }, unit.unit ?? unit.address)));
  return h(
    "section",
    { class: "section" },
    h("h2", { tabindex: "-1" }, "Which unit?"),
    h("div", { class: "field" }, h("label", { for: id }, "Unit"), list),
    button("Go on", () => choose(Number(list.value)), { kind: "primary" }),
  );
}

/**
 * Let somebody say that an address is missing; a person looks at it.
 * @param {import("./main.js").Shop} shop
 * @param {string | undefined} typed
 */
function missing(shop, typed) {
  if (!typed) return null;
  return h(
    "p",
    { class: "small" },
    "Sure that it is right? ",
    button("Tell us that it is missing", async () => {
      await shop.sent(api.post("/v1/addresses:report-missing", { q: typed.slice(0, 300), note: "portal" }));
      shop.show("Thank you", h("p", null, "A person looks at the address. Please check again in some days."), button("Check another address", shop.again));
    }, { small: true }),
  );
}

/**
 * The box that an address is typed into, with what it may be below it.
 * @param {(typed: Record<string, any>) => unknown} submit
 */
function addressBox(submit) {
  const id = newId("address");
  const { input, list, told, stop } = addressInput({ id, name: "address", autocomplete: "street-address", required: true }, ({ text, address_id }) =>
    submit(address_id ? { address_id } : { q: text }),
  );
  return h(
    "form",
    {
      class: "address-form", role: "search",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        stop();
        if (input.value.trim()) submit({ q: input.value.trim() });
      },
    },
    h("div", { class: "field grow" }, h("label", { for: id }, "Address"), h("div", { class: "suggesting" }, input, list, told)),
    h("button", { type: "submit", class: "button primary" }, "Check"),
  );
}
