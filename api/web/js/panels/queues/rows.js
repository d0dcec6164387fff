/** The rows of a queue: who waits, since when, why, what to do next, and what may be done here. */

import { h } from "../../core/dom.js";
import { money } from "../../selling/words.js";
import { act } from "../desk/act.js";
import { withdrawing } from "../desk/preorders.js";
import { releasing } from "../desk/verbs.js";
import { phoneSaid, stateSaid } from "../desk/words.js";
import { noticeActions } from "./notices.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

const PAID_BY = [{ value: "cheque", label: "Cheque" }, { value: "bank_transfer", label: "Bank transfer" }, { value: "cash", label: "Cash" }, { value: "other", label: "Otherwise" }];

/**
 * @param {Ctx} ctx
 * @param {import("./words.js").Queue} queue
 * @param {any[]} rows
 * @param {() => void} changed
 */
export function rowsTable(ctx, queue, rows, changed) {
  const { ui, units, view } = ctx;
  const open = (/** @type {any} */ row) => row.address_id && view.set({ panel: "desk", item: row.address_id });
  const columns = [
    { key: "full_address", label: "Address", cell: where },
    { key: "why", label: "Why, and what next", cell: why },
    { key: "name", label: "Customer", cell: who },
    { key: "since", label: "Since", cell: (/** @type {any} */ row) => h("span", { class: "whole" }, units.date(row.since)) },
    ...(rows.some(({ place }) => place !== null) ? [{ key: "place", label: "Place", number: true }] : []),
    ...(rows.some(({ amount }) => amount) ? [{ key: "amount", label: "Amount", number: true, cell: (/** @type {any} */ row) => row.amount && money(row.amount.amount_cents, row.amount.currency), sort: (/** @type {any} */ row) => row.amount?.amount_cents }] : []),
    ...(rows.some((row) => row.kind === "notice" || actionOf(ctx, row)) ? [{ key: "act", label: "Do", cell: (/** @type {any} */ row) => doing(ctx, row, changed), sort: () => 0 }] : []),
  ];
  return h("div", { class: "queue" }, ui.table({ caption: queue.label, columns, rows, onRow: open }));
}

/** @param {any} row */
const where = ({ full_address, zone, kind }) => [full_address ?? (kind === "delivery" ? "A delivery" : "At no address"), zone && h("span", { class: "small quiet" }, zone)];

/** @param {any} row */
const who = ({ name, phone, email }) => (name ? [name, h("span", { class: "small quiet whole" }, phone ? phoneSaid(phone) : email)] : "–");

/** @param {any} row */
const why = ({ why: said, next_step, state }) => [said ?? stateSaid(state), next_step && h("span", { class: "small quiet" }, next_step)];

/**
 * @param {Ctx} ctx
 * @param {any} row
 * @param {() => void} changed
 */
function doing(ctx, row, changed) {
  if (row.kind === "notice") return noticeActions(ctx, row, changed);
  const action = actionOf(ctx, row);
  if (!action) return null;
  const run = async (/** @type {Event} */ event) => {
    event.stopPropagation(); // the row itself leads to the desk
    if ((await act(ctx, action.does)) !== null) changed();
  };
  return ctx.ui.button(action.label, run, { small: true });
}

/**
 * What may be done with a row here; everything else is done at the desk.
 * @param {Ctx} ctx
 * @param {any} row
 * @returns {{label: string, does: import("../desk/act.js").Action} | null}
 */
function actionOf({ session }, row) {
  if (row.kind === "preorder") return { label: "Withdraw", does: withdrawing(row.id) };
  if (row.kind === "order" && row.state === "held" && row.code === "person") return { label: "Release", does: releasing(row.id) };
  if (row.kind === "refund" && session.may("money")) return { label: "Close", does: closing(row) };
  return null;
}

/**
 * @param {any} row
 * @returns {import("../desk/act.js").Action}
 */
function closing({ id, name, amount }) {
  return {
    title: "Close the refund",
    doing: "It is paid back",
    done: "The refund is closed.",
    about: amount && h("p", null, `${money(amount.amount_cents, amount.currency)}${name ? ` to ${name}` : ""}, paid back by a person.`),
    fields: [
      { name: "paid_by", label: "How it was paid back", type: "select", options: PAID_BY },
      { name: "note", label: "Its number, and to whom", required: true, hint: "No card numbers.", props: { maxlength: 500 } },
    ],
    asks: (values) => ({ path: `/v1/money/refunds/${id}:close`, body: values }),
  };
}
