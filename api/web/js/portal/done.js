/** The last step: what was done, and the link by which it is followed. */

import { h } from "../core/dom.js";
import { button } from "../core/ui.js";
import { goToPay, payLink } from "./pay.js";

/**
 * @param {import("./main.js").Shop} shop
 * @param {string} title
 * @param {string} text
 * @param {string | null} token of the link; null where there is none
 * @param {import("../selling/payment.js").Payment | null} [payment] what is to be paid now
 */
export function doneStep(shop, title, text, token, payment = null) {
  const link = `${location.origin}/portal#follow=${token}`;
  const following = token && [
    h("p", null, "Keep this link. Whoever has it sees how far it is, and nothing of who you are: "),
    h("p", { class: "break" }, h("a", { href: link, target: "_top" }, link)),
  ];
  shop.show(
    title,
    h("p", null, text),
    following,
    h("div", { class: "row wrap" }, payment?.page_url && payLink(payment), token && button("See how far it is", () => shop.follow(token), { kind: payment?.page_url ? "plain" : "primary" }), button("Another address", shop.again, { kind: "plain" })),
  );
  goToPay(payment);
}
