/** Who somebody is and what they agree to: the part of every form that has people in it. */

import { api } from "../core/api.js";
import { h } from "../core/dom.js";

/** How a contact is asked for; one of phone and e-mail is enough, and the server says so where both are missing. */
export const CONTACT_FIELDS = /** @type {import("../core/ui.js").Field[]} */ ([
  { name: "name", label: "Name", required: true, props: { autocomplete: "name", maxlength: 120 } },
  { name: "email", label: "E-mail", type: "email", props: { autocomplete: "email", maxlength: 254 } },
  { name: "phone", label: "Phone", hint: "One of e-mail and phone is enough.", props: { autocomplete: "tel", type: "tel", maxlength: 40 } },
]);

/**
 * @param {any} portal
 * @returns {import("../core/ui.js").Field}
 */
export const consentField = (portal) => ({ name: "consent", label: portal.consent, type: "checkbox", required: true, value: false });

/** @param {Record<string, any>} values */
export const contactOf = ({ name, email, phone }) => ({ name, email: email || null, phone: phone || null });

/** @param {any} portal */
export const consentOf = (portal) => ({ at: new Date().toISOString(), wording: portal.consent });

/** @param {any} portal */
export function termsOf(portal) {
  return h("details", null, h("summary", null, `Terms, version ${portal.terms_version}`), h("div", { class: "terms", tabindex: "0", role: "region", "aria-label": "Terms" }, portal.terms));
}

/** Return a key for one form: however often it is sent, the server does it once. */
export function onceKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Send a form of that key.
 * @param {string} path
 * @param {any} body
 * @param {string} key
 */
export const sendOnce = (path, body, key) => api.post(path, body, { headers: { "idempotency-key": key } });
