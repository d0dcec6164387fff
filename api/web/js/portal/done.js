/** The last step: what was done, and the link by which it is followed. */

import { h } from "../core/dom.js";
import { button } from "../core/ui.js";

/**
 * @param {import("./main.js").Shop} shop
 * @param {string} title
 * @param {string} text
 * @param {string | null} token of the link; null where there is none
 */
export function doneStep(shop, title, text, token) {
  const link = `${location.origin}/portal#follow=${token}`;
  const following = token && [
    h("p", null, "Keep this link. Whoever has it sees how far it is, and nothing of who you are: "),
    h("p", { class: "break" }, h("a", { href: link, target: "_top" }, link)),
  ];
  shop.show(
    title,
    h("p", null, text),
    following,
    h("div", { class: "row wrap" }, token && button("See how far it is", () => shop.follow(token), { kind: "primary" }), button("Another address", shop.again, { kind: "plain" })),
  );
}
