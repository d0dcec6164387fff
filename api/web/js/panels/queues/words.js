/** The queues: what each holds, and what it means that one is empty. */

/**
 * @typedef {object} Queue
 * @property {string} id
 * @property {string} label
 * @property {string} about
 * @property {{title: string, body: string}} empty
 * @property {HTMLElement | false} [note] what has to be known first
 */

/** @type {Queue[]} */
export const QUEUES = [
  {
    id: "preorders",
    label: "Pre-orders",
    about: "Signed, and not built yet. Each becomes an order by itself once its technology is live.",
    empty: { title: "No pre-order waits", body: "Either nobody has pre-ordered, or everything that was pre-ordered is built and became an order." },
  },
  {
    id: "waiting",
    label: "Waiting for a port",
    about: "Ordered, and every port of the terminal is taken. The first in line gets the next port that is free.",
    empty: { title: "Nobody waits for a port", body: "Every order has its port, or is at a terminal whose ports are not recorded." },
  },
  {
    id: "held",
    label: "Held",
    about: "Orders that stand still: the plan does not carry them any more, or somebody has stopped them.",
    empty: { title: "Nothing is held", body: "No order was stopped by a person, a hold, or a plan that was taken back." },
  },
  {
    id: "fallout",
    label: "Fallout",
    about: "Stuck: it goes on only if somebody does something.",
    empty: { title: "Nothing is stuck", body: "No order has stood still for three days, none failed on site, and no delivery was given up." },
  },
  {
    id: "refunds",
    label: "Refunds",
    about: "Deposits that cannot go back to the card: a person pays them back, and says how.",
    empty: { title: "No refund waits for a person", body: "Every deposit that was to go back went back to its card, or is on its way." },
  },
  {
    id: "notices",
    label: "Notices",
    about: "What customers have to be told, and no message did: call them, and say so here.",
    empty: { title: "Nobody has to be called", body: "Every notice has left, or waits until its plan version can no longer be recalled." },
  },
];
