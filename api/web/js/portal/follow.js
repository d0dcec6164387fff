/** Following a lead, a pre-order or an order by its link: how far it is, in plain words. */

import { api } from "../core/api.js";
import { h } from "../core/dom.js";
import { button, problemBox } from "../core/ui.js";
import { accountGrouped, onDay } from "../selling/words.js";
import { resumeStep } from "./draft.js";
import { giveUpButton } from "./give_up.js";
import { paymentSection } from "./pay.js";
import { progressOf } from "./progress.js";

/** @type {Record<string, Record<string, string>>} what each state means to who follows */
const SAID = {
  lead: {
    new: "We have your name down.",
    qualified: "We have your name down.",
    lost: "This is closed.",
  },
  commitment: {
    "pre-ordered": "Your price is held. You have your place in the queue once the deposit is paid.",
    committed: "You are in the queue.",
    waiting: "You are in the queue.",
    withdrawn: "You have withdrawn.",
  },
  order: {
    acknowledged: "We have your order.",
    pending: "Your order waits for something that has to come first.",
    inProgress: "Everything is there. We get in touch to set a day.",
    held: "Your order stands still for now. It goes on by itself.",
    completed: "You are connected.",
    cancelled: "This order is cancelled.",
    failed: "Something went wrong. We get in touch.",
    partial: "A part of your order is done.",
    rejected: "We could not take this order.",
  },
};
/** @type {Record<string, string>} what an order needs, as far as it concerns who ordered */
const NEEDS = {
  technology_is_build: "The network is built at your address",
  no_hold: "Nothing stands in the way at your address",
  sales_open: "Sales are open",
  wave: "Your week of installation has come",
  port_reserved: "A connection is reserved for you",
  previous_service_ended: "No earlier service runs at your address",
  price_agreed: "The price is agreed",
  payment: "How you pay is arranged",
};
/** @type {Record<string, string>} */
const TITLES = { lead: "Your interest", commitment: "Your pre-order", order: "Your order" };

/**
 * @param {import("./main.js").Shop} shop
 * @param {string} token
 */
export async function followStep(shop, token) {
  const signal = shop.turn();
  try {
    const told = await api.get(`/v1/follow/${token}`, undefined, { signal });
    if (told.subject === "draft") return await resumeStep(shop, told, token);
    const said = SAID[told.subject];
    shop.show(
      TITLES[told.subject],
      h("p", { class: "lead" }, [told.offer_name, told.full_address].filter(Boolean).join(", ")),
      h("p", { class: "verdict" }, said[told.state] ?? told.state),
      told.account_number && h("p", null, "Your account number: ", h("strong", null, accountGrouped(told.account_number))),
      told.place_in_line && h("p", null, `You are number ${told.place_in_line} in line for a free port.`),
      paymentSection(shop, told, token),
      told.steps.length > 0 && steps(told.steps),
      told.subject !== "order" && (await progressOf(told.address_id, signal)),
      h("section", { class: "section" }, h("h2", null, "What happened so far"), h("ol", { class: "steps-done" }, told.history.map((/** @type {any} */ each) => h("li", null, `${onDay(each.at)}: ${said[each.state] ?? each.state}`)))),
      h("div", { class: "row wrap" }, button("Check an address", shop.again, { kind: "plain" }), giveUpButton(shop, token, told)),
    );
  } catch (problem) {
    if (!signal.aborted) shop.show("We did not find that", problemBox(problem), h("div", null, button("Check an address", shop.again)));
  }
}

/** @param {{name: string, label: string, met: boolean}[]} needed */
function steps(needed) {
  return h(
    "section",
    { class: "section" },
    h("h2", null, "What it needs"),
    h("ul", { class: "needed" }, needed.map(({ name, label, met }) => h("li", { class: met ? "met" : "open" }, `${met ? "✓" : "○"} ${NEEDS[name] ?? label}`, h("span", { class: "only-read" }, met ? ": done" : ": still to come")))),
  );
}
