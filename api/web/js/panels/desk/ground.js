/** What is true at the address now: its class, whether it can be ordered, by which technology, and what stands in the way. */

import { h } from "../../core/dom.js";
import { said } from "../../core/words.js";
import { speed } from "../../selling/words.js";
import { noteInterest } from "./sell.js";

/** @param {import("./card.js").Desk} desk */
export function groundSection(desk) {
  const { card, ctx } = desk;
  const { ui, view } = ctx;
  const { address, serviceability } = card;
  return h(
    "section",
    { class: "section card-head" },
    h("h3", { class: "address", tabindex: "-1" }, address.full_address),
    h("p", { class: "row wrap" }, h("span", { class: `class-mark ${serviceability.class}` }, said(serviceability.class)), h("span", { class: "quiet" }, said(address.kind)), !address.serviceable && h("span", { class: "tag warn" }, "Nothing to sell to")),
    orderable(desk),
    technologies(desk),
    units(desk),
    h(
      "div",
      { class: "row wrap" },
      ui.button("Note interest", () => noteInterest(desk), { icon: "bell", kind: card.offers?.sale === "interest" ? "primary" : "" }),
      ui.button("Why it is so", () => view.set({ panel: "card", item: address.address_id }), { kind: "plain", icon: "info" }),
    ),
  );
}

/** @param {import("./card.js").Desk} desk */
function orderable({ card, ctx }) {
  const { orderable: may, reasons, holds } = card.serviceability;
  if (may) return ctx.ui.notice("good", "It can be ordered today.");
  return ctx.ui.notice(
    "warn",
    h("strong", null, card.offers?.sale === "pre-order" ? "It can be pre-ordered, and not ordered today:" : "It cannot be ordered today:"),
    h("ul", null, reasons.map((/** @type {any} */ each) => h("li", null, each.label)), holds.map((/** @type {string} */ hold) => h("li", null, `Hold: ${said(hold).toLowerCase()}.`))),
  );
}

/** @param {import("./card.js").Desk} desk */
function technologies({ card, ctx }) {
  const whenOf = (/** @type {string} */ text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? ctx.units.date(text) : text); // a day, or as finely as it is known
  const { technologies: all, ports_free } = card.serviceability;
  if (!all.length) return null;
  const line = (/** @type {any} */ one) => [said(one.class), one.speeds && `up to ${speed(one.speeds.down_mbps)}`, one.class !== "build" && one.expected && `expected ${whenOf(one.expected)}`].filter(Boolean).join(", ");
  return h(
    "dl",
    { class: "facts" },
    all.map((/** @type {any} */ one) => [h("dt", null, said(one.technology)), h("dd", null, line(one))]),
    typeof ports_free === "number" && [h("dt", null, "Free ports"), h("dd", null, String(ports_free))],
  );
}

/** @param {import("./card.js").Desk} desk */
function units({ card, ctx }) {
  if (!card.units.length) return null;
  const open = (/** @type {any} */ unit) => ctx.view.set({ item: unit.address_id });
  return [
    h("p", null, "This is a building. Which unit is it?"),
    h("ul", { class: "row wrap" }, card.units.map((/** @type {any} */ unit) => h("li", null, ctx.ui.button(unit.address, () => open(unit), { small: true })))),
  ];
}
