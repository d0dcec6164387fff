/** Who is served: fields for a contact, filled in with somebody who is known at the address, and what they agreed to. */

import { CONTACT_FIELDS } from "../../selling/contact.js";
import { phoneSaid } from "./words.js";

const WORDING = "I may be called or written to about service at my address.";

/**
 * The fields of a contact and of a consent.
 * @param {import("./card.js").Desk} desk
 * @param {Record<string, any>} given what is known of them already
 * @returns {import("../../core/ui.js").Field[]}
 */
export function customerFields({ card, words }, given) {
  const known = card.customers.filter((/** @type {any} */ one) => one.name);
  const first = "name" in given || known.length !== 1 ? given : known[0];
  return [
    ...(known.length ? [whoField(known, first)] : []),
    ...CONTACT_FIELDS.map((field) => ({ ...field, value: first[field.name] ?? "", props: { ...field.props, autocomplete: "off" } })),
    { name: "wording", label: "Read out", type: "textarea", value: given.wording ?? (words.consent || WORDING), hint: "It is kept with their answer, word for word.", props: { maxlength: 2000, rows: 3 } },
    { name: "agreed", label: "The customer agrees", type: "checkbox", value: Boolean(given.agreed) },
  ];
}

/**
 * @param {any[]} known
 * @param {any} chosen
 * @returns {import("../../core/ui.js").Field}
 */
function whoField(known, chosen) {
  const options = known.map(({ contact_id, name, phone, email }) => ({ value: String(contact_id), label: [name, phone ? phoneSaid(phone) : email].filter(Boolean).join(", ") }));
  const fill = (/** @type {Event} */ event) => {
    const select = /** @type {HTMLSelectElement} */ (event.target);
    const one = known.find(({ contact_id }) => String(contact_id) === select.value) ?? {};
    for (const { name } of CONTACT_FIELDS) /** @type {HTMLInputElement} */ (select.form?.elements.namedItem(name)).value = one[name] ?? "";
  };
  return { name: "who", label: "Customer", type: "select", value: String(chosen.contact_id ?? ""), options: [{ value: "", label: "Somebody else" }, ...options], props: { onchange: fill } };
}

/**
 * What the fields say, as the server takes it.
 * @param {Record<string, any>} values
 */
export function customerIn({ name, phone, email, wording, agreed }) {
  return {
    contact: { name, phone: phone || null, email: email || null },
    ...(agreed ? { consent: { at: new Date().toISOString(), wording } } : {}),
  };
}
