/** What happened at the address, or to one order: states in plain words, with who or what brought them about. */

import { h } from "../../core/dom.js";
import { said } from "../../core/words.js";
import { stateSaid } from "./words.js";

/** @type {Record<string, string>} */
const SUBJECTS = { lead: "Lead", commitment: "Pre-order", preorder: "Pre-order", order: "Order" };

/** @param {import("./card.js").Desk} desk */
export function historySection(desk) {
  const { history } = desk.card;
  return h("section", { class: "section" }, h("h3", null, "History"), history.length ? timeline(desk, history) : h("p", { class: "quiet" }, "Nothing was sold or asked for here yet."));
}

/**
 * @param {import("./card.js").Desk} desk
 * @param {any[]} happened `at`, `before`, `after`, `why`, `cause`, and `subject` with `subject_id` where it is of several
 */
export function timeline({ ctx }, happened) {
  return h(
    "ol",
    { class: "timeline" },
    happened.map(({ at, subject, subject_id, before, after, why }) =>
      h(
        "li",
        null,
        h("time", { datetime: at, class: "small quiet" }, ctx.units.time(at)),
        h("span", null, subject && h("strong", null, `${SUBJECTS[subject] ?? said(subject)}: `), before === after ? said(why) : stateSaid(after), before !== after && why && h("span", { class: "quiet" }, ` (${said(why).toLowerCase()})`)),
        subject_id && h("span", { class: "small quiet" }, String(subject_id)),
      ),
    ),
  );
}
