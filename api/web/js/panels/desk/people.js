/** Who is known at the address, what they agreed to, and what they are interested in. */

import { h } from "../../core/dom.js";
import { said } from "../../core/words.js";
import { accountSaid, channelSaid, phoneSaid, stateLook, stateSaid } from "./words.js";

/** @typedef {import("./card.js").Desk} Desk */

const OPEN = ["new", "qualified", "pre-ordered", "committed"];
const LOST = [["not_interested", "They are not interested"], ["competitor", "Another provider"], ["price", "The price"], ["moved", "They move away"], ["unreachable", "Nobody can be reached"], ["not_served", "We do not serve them"], ["other", "Something else"]];

/** @param {Desk} desk */
export function peopleSection({ card, ctx }) {
  if (!card.customers.length) return null;
  return h(
    "section",
    { class: "section" },
    h("h3", null, "Customers"),
    h("ul", { class: "plain-list" }, card.customers.map((/** @type {any} */ one) => h("li", { class: "person" }, h("strong", null, one.name || "Forgotten"), one.account_number && h("span", { class: "small" }, accountSaid(one.account_number)), reach(one), h("span", { class: "small quiet" }, agreed(one.consents, ctx.units))))),
  );
}

/** @param {any} one */
function reach({ phone, email }) {
  return [phone && h("a", { href: `tel:${phone}` }, phoneSaid(phone)), email && h("a", { class: "break", href: `mailto:${email}` }, email)];
}

/**
 * @param {any[]} consents
 * @param {import("../../types.js").Ctx["units"]} units
 */
function agreed(consents, units) {
  const last = consents[0];
  if (!last) return "Agreed to nothing yet.";
  if (last.withdrawn_at) return `Wants to hear no more since ${units.date(last.withdrawn_at)}.`;
  return `May be contacted, agreed ${units.date(last.at)} ${channelSaid(last.channel)}.`;
}

/** @param {Desk} desk */
export function leadsSection(desk) {
  const { leads } = desk.card;
  if (!leads.length) return null;
  return h("section", { class: "section" }, h("h3", null, "Leads"), leads.map((/** @type {any} */ lead) => leadCard(desk, lead)));
}

/**
 * @param {Desk} desk
 * @param {any} lead
 */
function leadCard(desk, lead) {
  const { ui, units } = desk.ctx;
  const facts = [`${channelSaid(lead.channel)}, ${units.date(lead.captured_at)}`, lead.rep && `credit of ${lead.rep}`, lead.technology && `wants ${said(lead.technology).toLowerCase()}`, lead.lost_reason && said(lead.lost_reason).toLowerCase()];
  const open = OPEN.includes(lead.state);
  const early = open && lead.state !== "pre-ordered" && lead.state !== "committed";
  return h(
    "article",
    { class: "sale", "aria-label": `Lead ${lead.lead_id}` },
    h("div", { class: "row spread wrap" }, h("h4", null, lead.contact?.name || "Forgotten"), h("span", { class: `tag ${stateLook(lead.state)}` }, stateSaid(lead.state))),
    h("p", { class: "small quiet" }, facts.filter(Boolean).join(" · ")),
    open &&
      h(
        "div",
        { class: "row wrap" },
        lead.state === "new" && ui.button("They mean it", () => qualify(desk, lead), { small: true }),
        early && ui.button("Give it up", () => lose(desk, lead), { small: true }),
        ui.button("They want to hear no more", () => silence(desk, lead), { small: true, kind: "plain" }),
      ),
  );
}

/** @type {(desk: Desk, lead: any) => unknown} */
const qualify = (desk, lead) => desk.act({ title: "They mean it", doing: "Note it", done: "The lead is qualified.", asks: () => ({ path: `/v1/leads/${lead.lead_id}:qualify` }) });

/** @type {(desk: Desk, lead: any) => unknown} */
const lose = (desk, lead) =>
  desk.act({
    title: "Give the lead up",
    doing: "Give it up",
    done: "The lead is given up.",
    danger: true,
    fields: [{ name: "reason", label: "Why", type: "select", options: LOST.map(([value, label]) => ({ value, label })) }],
    asks: (values) => ({ path: `/v1/leads/${lead.lead_id}:lose`, body: values }),
  });

/** @type {(desk: Desk, lead: any) => unknown} */
const silence = (desk, lead) => desk.act({ title: "They want to hear no more", doing: "End their consent", done: "They hear no more.", danger: true, asks: () => ({ path: `/v1/leads/${lead.lead_id}:withdraw-consent` }) });
