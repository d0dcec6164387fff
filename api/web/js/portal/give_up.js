/** Cancelling, withdrawing or closing what one follows: what that does is said first, by the server that would do it. */

import { api } from "../core/api.js";
import { h } from "../core/dom.js";
import { button, dialog, problemBox } from "../core/ui.js";

/** @type {Record<string, string>} */
const DOING = { lead: "Take me off the list", commitment: "Withdraw my pre-order", order: "Cancel my order", draft: "Forget it" };

/**
 * Return the button that gives up what a link leads to; null where it cannot be.
 * @param {import("./main.js").Shop} shop
 * @param {string} token
 * @param {any} told what the link leads to
 */
export function giveUpButton(shop, token, told) {
  if (!told.may_give_up) return null;
  const path = `/v1/follow/${token}:cancel`;
  const doing = DOING[told.subject];
  const ask = async () => {
    const signal = shop.turn();
    try {
      const { consequences } = await api.post(`${path}?preview=true`, undefined, { signal });
      const sure = await dialog(`${doing}?`, (close) => [
        h("ul", null, consequences.map((/** @type {{text: string}} */ each) => h("li", null, each.text))),
        h("div", { class: "buttons" }, button("Keep it", () => close(false)), button(doing, () => close(true), { kind: "danger" })),
      ]);
      if (sure !== true) return;
      await shop.sent(api.post(path));
      await shop.follow(token);
    } catch (problem) {
      if (!signal.aborted) shop.show("That did not work", problemBox(problem), h("div", null, button("See how it stands", () => shop.follow(token))));
    }
  };
  return button(doing, ask, { kind: "plain" });
}
