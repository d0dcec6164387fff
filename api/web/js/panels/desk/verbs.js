/** What may be done with an order, by where it stands. */

import { h } from "../../core/dom.js";
import { choiceOf } from "./choice.js";
import { customerFields, customerIn } from "./customer.js";
import { moveTo } from "./move.js";
import { sendPaymentLink } from "./pay.js";
import { CHANNEL, otherwise } from "./sell.js";
import { offerSaid } from "./words.js";

/**
 * @typedef {import("./card.js").Desk} Desk
 * @typedef {{label: string, run: () => unknown}} Verb
 */

const WHY = {
  cancel: [["not_wanted", "They do not want it any more"], ["price", "The price"], ["competitor", "Another provider"], ["moved", "They move away"], ["too_late", "It takes too long"], ["duplicate", "It was ordered twice"], ["other", "Something else"]],
  end: [["moved", "They move away"], ["price", "The price"], ["competitor", "Another provider"], ["quality", "They are not content"], ["unpaid", "It is not paid"], ["other", "Something else"]],
  fail: [["no_access", "Nobody let us in"], ["no_path", "No way for the drop"], ["unsafe", "It is not safe"], ["equipment", "The equipment"], ["other", "Something else"]],
};
const LIVE = ["acknowledged", "pending", "inProgress", "held"];
const RUNNING = ["completed", "partial"];

/**
 * The verbs of an order, the likeliest first.
 * @param {Desk} desk
 * @param {any} order
 * @returns {Verb[]}
 */
export function verbsOf(desk, order) {
  const open = new Set(order.prerequisites.filter((/** @type {any} */ { state }) => state === "open").map((/** @type {any} */ { name }) => name));
  const live = LIVE.includes(order.state);
  const brings = live && order.kind !== "cancel";
  const runs = RUNNING.includes(order.state) && order.kind !== "cancel" && !isOver(desk.card.orders, order);
  const all = /** @type {[boolean, string, () => unknown][]} */ ([
    [brings && open.has("payment") && desk.words.payment_pages && !order.payment?.page_url, "Payment link", () => pay(desk, order)],
    [open.has("price_agreed"), "Agree today's price", () => agreePrice(desk, order)],
    [order.held_why === "person" && order.state === "held", "Release", () => desk.act(releasing(order.order_id))],
    [order.state === "inProgress", "Complete", () => complete(desk, order)],
    [order.state === "inProgress", "It failed on site", () => fail(desk, order)],
    [brings || runs, "Change plan or add-ons", () => change(desk, order)],
    [live && order.held_why !== "person", "Hold", () => hold(desk, order)],
    [runs, "Move", () => moveTo(desk, order)],
    [runs, "Transfer", () => transfer(desk, order)],
    [runs, "End the service", () => end(desk, order)],
    [live, "Cancel", () => cancel(desk, order)],
  ]);
  return all.filter(([may]) => may).map(([, label, run]) => ({ label, run }));
}

/**
 * Whether another order took the place of a service, or ended it.
 * @param {any[]} orders
 * @param {any} order
 */
const isOver = (orders, order) => orders.some(({ previous_order_id, state }) => previous_order_id === order.order_id && RUNNING.includes(state));

/**
 * Do something with an order that it needs no more for than a reason, or nothing.
 * @param {Desk} desk
 * @param {any} order
 * @param {string} verb
 * @param {Partial<import("./act.js").Action> & {title: string, doing: string, done: string}} told
 */
function simply(desk, order, verb, told) {
  return desk.act({
    about: h("p", { class: "quiet" }, `${offerSaid(order)}, order ${order.order_id}.`),
    instead: (problem, values) => otherwise(desk, problem, values),
    asks: (values) => ({ path: `/v1/orders/${order.order_id}:${verb}`, body: told.fields ? values : undefined }),
    ...told,
  });
}

/** @param {"cancel" | "end" | "fail"} verb */
const reasonFields = (verb) => [/** @type {import("../../core/ui.js").Field} */ ({ name: "reason", label: "Why", type: "select", options: WHY[verb].map(([value, label]) => ({ value, label })) })];

/**
 * What lets an order go on; the queues have it too.
 * @param {number} id
 * @returns {import("./act.js").Action}
 */
export const releasing = (id) => ({ title: "Release the order", doing: "Release it", done: "The order is released.", asks: () => ({ path: `/v1/orders/${id}:release` }) });

/** @type {(desk: Desk, order: any) => unknown} */
const hold = (desk, order) => simply(desk, order, "hold", { title: "Hold the order", doing: "Hold it", done: "The order is held." });

/** @type {(desk: Desk, order: any) => unknown} */
const complete = (desk, order) => simply(desk, order, "complete", { title: "Complete the order", doing: "It is carried out", done: "The order is completed." });

/** @type {(desk: Desk, order: any) => unknown} */
const agreePrice = (desk, order) => simply(desk, order, "agree-price", { title: "Agree today's price", doing: "They agree", done: "Today's price is agreed." });

/** @type {(desk: Desk, order: any) => unknown} */
const fail = (desk, order) => simply(desk, order, "fail", { title: "It failed on site", doing: "Note it", done: "It is noted.", danger: true, fields: reasonFields("fail") });

/** @type {(desk: Desk, order: any) => unknown} */
const cancel = (desk, order) => simply(desk, order, "cancel", { title: "Cancel the order", doing: "Cancel the order", done: "The order is cancelled.", danger: true, fields: reasonFields("cancel") });

/** @type {(desk: Desk, order: any) => unknown} */
const end = (desk, order) => simply(desk, order, "end", { title: "End the service", doing: "End the service", done: "The end of the service is ordered.", danger: true, fields: reasonFields("end") });

/** @type {(desk: Desk, order: any) => unknown} */
const pay = (desk, order) => sendPaymentLink(desk, `/v1/orders/${order.order_id}:pay`, (problem, values) => otherwise(desk, problem, values));

/** @type {(desk: Desk, order: any) => unknown} */
function change(desk, order) {
  const { fields, note, chosen } = choiceOf(desk.card.offers, order);
  return simply(desk, order, "change", {
    title: "Change plan or add-ons",
    doing: "Change it",
    done: LIVE.includes(order.state) ? "The order is changed." : "The change is ordered.",
    note,
    fields,
    asks: (values) => ({ path: `/v1/orders/${order.order_id}:change`, body: { ...chosen(values), channel: CHANNEL } }),
  });
}

/** @type {(desk: Desk, order: any) => unknown} */
function transfer(desk, order) {
  const { fields, note, chosen } = choiceOf(desk.card.offers, order);
  return simply(desk, order, "transfer", {
    title: "Transfer to somebody else",
    doing: "Order the transfer",
    done: "The transfer is ordered.",
    note,
    fields: [...fields, ...customerFields(desk, { name: "" })],
    asks: (values) => ({ path: `/v1/orders/${order.order_id}:transfer`, body: { ...customerIn(values), ...chosen(values), channel: CHANNEL } }),
  });
}
