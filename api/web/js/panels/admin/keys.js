/** Keys of programs: made with scopes and a limit, shown once, revoked at once. */

import { h, replace } from "../../core/dom.js";
import { attempt, fill, showOnce, tag } from "./shared.js";

const SCOPES = [
  { id: "check", label: "Check addresses", hint: "One or many, with internals." },
  { id: "suggest", label: "Suggest", hint: "While an address is typed." },
  { id: "public", label: "Public check", hint: "Without internals, for keys in web pages." },
  { id: "shop", label: "Shop", hint: "Check and order for oneself, as the portal does." },
  { id: "read", label: "Read the plan", hint: "Addresses, areas, history." },
  { id: "report", label: "Report missing addresses" },
  { id: "plan", label: "Change the plan" },
  { id: "sell", label: "Sell", hint: "Leads, pre-orders and orders, with who they are of." },
  { id: "money", label: "Money", hint: "Deposits, refunds and the ledger." },
  { id: "metrics", label: "Read metrics" },
  { id: "admin", label: "Everything", hint: "This page included." },
];

/**
 * @param {HTMLElement} root
 * @param {import("../../types.js").Ctx} ctx
 */
export function keys(root, ctx) {
  const { api, ui, units } = ctx;
  const list = h("div", { class: "stack", "aria-live": "polite" });
  const making = h("div", { class: "stack" });
  root.append(making, list);
  offer();
  load();

  function offer() {
    replace(making, h("div", { class: "row wrap" }, ui.button("Make a key", ask, { icon: "shield", kind: "primary" })));
  }

  function ask() {
    const form = ui.form(
      [
        { name: "name", label: "What it is for", required: true, props: { maxlength: 100 } },
        ...SCOPES.map(({ id, label, hint }) => ({ name: id, label, hint, type: /** @type {const} */ ("checkbox") })),
        { name: "rate_per_s", label: "Requests a second", type: "number", hint: "In the long run. Blank: 10,000, or 100 for a public key.", props: { min: 0.1, step: "any" } },
      ],
      {
        label: "Make the key",
        cancel: offer,
        async submit(given) {
          const scopes = SCOPES.map(({ id }) => id).filter((id) => given[id]);
          const made = await api.post("/v1/keys", { name: given.name, scopes, rate_per_s: given.rate_per_s || null });
          offer();
          await load();
          await showOnce(ctx, { title: `Key for ${made.name}`, about: "Keep it now: it is kept nowhere here, and is not shown again.", secret: made.key });
        },
      },
    );
    replace(making, h("h3", null, "Make a key"), form);
    form.querySelector("input")?.focus();
  }

  function load() {
    return fill(list, ctx, async () => {
      const { keys: all } = await api.get("/v1/keys");
      if (!all.length) return ui.empty({ title: "No keys yet", body: "A program shows its key with every request; people sign in." });
      return ui.table({
        caption: "Keys",
        columns: [
          { key: "name", label: "For", cell: (row) => h("span", null, row.name || "–", h("br", null), h("code", { class: "small quiet" }, `${row.hint}…`)) },
          { key: "scopes", label: "May", cell: (row) => row.scopes.map(labelOf).join(", "), sort: (row) => row.scopes.join() },
          { key: "rate_per_s", label: "A second", number: true, cell: (row) => (row.rate_per_s === null ? "usual" : units.number(row.rate_per_s)) },
          { key: "last_used_at", label: "Last used", cell: (row) => (row.last_used_at ? units.time(row.last_used_at) : "never") },
          { key: "revoked_at", label: "State", cell: (row) => stateOf(row) },
        ],
        rows: all,
      });
    });
  }

  /** @param {any} key */
  function stateOf(key) {
    if (key.revoked_at) return tag("Revoked", "bad");
    return ui.button(`Revoke ${key.name || key.hint}`, () => attempt(ctx, () => revoke(key)), { small: true, kind: "plain", icon: "trash", hideLabel: true });
  }

  /** @param {any} key */
  async function revoke(key) {
    const body = "It is let in no more from this moment on, here and at every replica that hears of it. That cannot be undone.";
    if (!(await ui.confirm({ title: `Revoke the key ${key.name || key.hint}?`, body, action: "Revoke", danger: true }))) return;
    await api.del(`/v1/keys/${key.key_id}`);
    ui.toast("The key is revoked.", { kind: "good" });
    await load();
  }
}

/** @param {string} scope */
function labelOf(scope) {
  return SCOPES.find(({ id }) => id === scope)?.label ?? scope;
}
