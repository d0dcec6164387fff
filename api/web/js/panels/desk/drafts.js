/** What was begun at the address and is not ordered: whose it is where they agreed, taken up or dropped. */

import { h } from "../../core/dom.js";
import { otherwise, sellOffer } from "./sell.js";
import { channelSaid, phoneSaid } from "./words.js";

/** @typedef {import("./card.js").Desk} Desk */

/** @param {Desk} desk */
export function draftsSection(desk) {
  const { drafts } = desk.card;
  if (!drafts.length) return null;
  return h("section", { class: "section", "aria-label": "Begun, not ordered" }, h("h3", null, "Begun, not ordered"), drafts.map((/** @type {any} */ draft) => draftCard(desk, draft)));
}

/**
 * @param {Desk} desk
 * @param {any} draft
 */
function draftCard(desk, draft) {
  const { ui, units } = desk.ctx;
  const offers = desk.card.offers?.offers ?? [];
  const offer = offers.find((/** @type {any} */ each) => each.offer_id === draft.offer_id);
  const addOns = offers.filter((/** @type {any} */ each) => draft.add_on_ids.includes(each.offer_id));
  const who = draft.contact?.name ? [draft.contact.name, draft.contact.phone ? phoneSaid(draft.contact.phone) : draft.contact.email].filter(Boolean).join(", ") : "Nobody left a name";
  const facts = [who, `begun ${units.date(draft.begun_at)} ${channelSaid(draft.channel)}`, `kept until ${units.date(draft.expires_at)}`, draft.rep && `by ${draft.rep}`];
  return h(
    "article",
    { class: "sale", "aria-label": `Begun order ${draft.draft_id}` },
    h("div", { class: "row spread wrap" }, h("h4", null, [draft.offer ?? "An offer", ...addOns.map((/** @type {any} */ each) => each.name)].join(", ")), h("span", { class: "tag" }, draft.sale === "order" ? "Order begun" : "Pre-order begun")),
    h("p", { class: "small quiet" }, facts.filter(Boolean).join(" · ")),
    !offer && h("p", { class: "small" }, "It is not sold here any more: sell another offer below."),
    h(
      "div",
      { class: "row wrap" },
      offer && ui.button("Take it up", () => takeUp(desk, offer, draft), { small: true }),
      ui.button("Drop", () => drop(desk, draft), { small: true, kind: "plain" }),
    ),
  );
}

/**
 * Go on with it as an order or pre-order, whichever it is today.
 * @param {Desk} desk
 * @param {any} offer
 * @param {any} draft
 */
function takeUp(desk, offer, { draft_id, add_on_ids, contact }) {
  const known = contact?.name ? { name: contact.name, phone: contact.phone, email: contact.email } : {};
  return sellOffer(desk, offer, { ...known, draft_id, add_on_ids });
}

/**
 * @param {Desk} desk
 * @param {any} draft
 */
function drop(desk, { draft_id }) {
  return desk.act({
    title: "Drop what was begun",
    doing: "Drop it",
    done: "What was begun is dropped.",
    danger: true,
    asks: () => ({ path: `/v1/drafts/${draft_id}:drop` }),
    instead: (problem, values) => otherwise(desk, problem, values),
  });
}
