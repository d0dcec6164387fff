/** Events: who receives them, who lags behind, and what was given up until somebody has it tried anew. */

import { h } from "../../core/dom.js";
import { said } from "../../core/words.js";
import { attempt, fill, tag } from "./shared.js";

/**
 * @param {HTMLElement} root
 * @param {import("../../types.js").Ctx} ctx
 */
export function events(root, ctx) {
  const { api, ui, units } = ctx;
  const place = h("div", { class: "stack", "aria-live": "polite" });
  root.append(place);
  load();

  /**
   * @param {number} [olderThan]
   * @returns {Promise<void>}
   */
  function load(olderThan) {
    return fill(place, ctx, async () => {
      const told = await api.get("/v1/events", { limit: 50, older_than: olderThan });
      return [parked(told.parked), subscribers(told.subscribers), published(told)];
    });
  }

  /** @param {any[]} rows */
  function parked(rows) {
    if (!rows.length) return section("Parked deliveries", ui.notice("good", "Nothing was given up."));
    return section(
      "Parked deliveries",
      ui.notice("warn", `${units.count(rows.length, "delivery", "deliveries")} failed too often. Remove the cause, then have them tried anew.`),
      ui.table({
        caption: "Parked deliveries",
        columns: [
          { key: "subscriber", label: "Subscriber" },
          { key: "type", label: "Event", cell: (row) => `${row.type} ${row.event_id}` },
          { key: "attempts", label: "Tried", number: true },
          { key: "error", label: "How it failed", cell: (row) => h("span", { class: "break" }, row.error ?? "–") },
        ],
        rows,
        onRow: show,
      }),
      h("div", { class: "row wrap" }, ui.button("Try all anew", () => attempt(ctx, () => retry({}, rows.length)), { kind: "primary" })),
    );
  }

  /** @param {any} delivery */
  async function show(delivery) {
    const wish = await ui.dialog(`${delivery.type} ${delivery.event_id} to ${delivery.subscriber}`, (close) => [
      h(
        "dl",
        { class: "facts" },
        h("dt", null, "Published"), h("dd", null, `${units.time(delivery.at_utc)}, because of ${delivery.cause}`),
        h("dt", null, "Tried"), h("dd", null, `${units.count(delivery.attempts, "time")}, the last ${units.time(delivery.parked_at_utc)}`),
        h("dt", null, "Failed with"), h("dd", null, delivery.error ?? "–"),
        h("dt", null, "Facts"), h("dd", null, h("code", { class: "break" }, JSON.stringify(delivery.payload))),
      ),
      h("div", { class: "buttons" }, ui.button("Close", () => close(null)), ui.button("Try anew", () => close(true), { kind: "primary" })),
    ]);
    if (wish) await attempt(ctx, () => retry({ subscriber: delivery.subscriber, event_id: delivery.event_id }, 1));
  }

  /**
   * @param {{subscriber?: string, event_id?: number}} which
   * @param {number} count
   */
  async function retry(which, count) {
    const { retried } = await api.post("/v1/events:retry", which);
    ui.toast(retried ? `${units.count(retried, "delivery", "deliveries")} will be tried with the next round.` : `Somebody else has had ${count === 1 ? "it" : "them"} tried anew.`, { kind: "good" });
    await load();
  }

  /** @param {any[]} rows */
  function subscribers(rows) {
    if (!rows.length) return section("Subscribers", h("p", { class: "quiet" }, "Nobody has subscribed yet. Programs do, by the outbox of the Python package."));
    return section(
      "Subscribers",
      ui.table({
        caption: "Subscribers",
        columns: [
          { key: "subscriber", label: "Subscriber" },
          { key: "event_types", label: "Receives", cell: (row) => row.event_types.join(", ") || "nothing" },
          { key: "delivered", label: "Received", number: true },
          { key: "behind", label: "Behind", number: true },
          { key: "oldest_waiting_at_utc", label: "State", cell: stateOf },
        ],
        rows,
      }),
    );
  }

  /** @param {any} row */
  function stateOf(row) {
    if (row.retired_at_utc) return tag("Retired");
    if (row.parked) return tag(`${row.parked} parked`, "bad");
    if (!row.behind) return tag("Up to date", "good");
    const waits = row.waits && new Date(row.oldest_waiting_at_utc).getTime() > Date.now();
    return waits ? tag(`waits until ${units.time(row.oldest_waiting_at_utc)}`) : tag(`since ${units.time(row.oldest_waiting_at_utc)}`, "warn");
  }

  /** @param {any} told */
  function published(told) {
    if (!told.events.length) return section("Published", h("p", { class: "quiet" }, "Nothing has happened yet."));
    return section(
      "Published",
      ui.table({
        caption: "Events, newest first",
        columns: [
          { key: "event_id", label: "Event", cell: (row) => `${said(row.type)} ${row.event_id}` },
          { key: "at_utc", label: "When", cell: (row) => units.time(row.at_utc) },
          { key: "cause", label: "Because of", cell: (row) => h("span", { class: "break" }, row.cause) },
          { key: "plan_version", label: "Version", number: true },
        ],
        rows: told.events,
      }),
      h("div", { class: "row wrap" }, told.next && ui.button("Older", () => load(told.next))),
    );
  }
}

/**
 * @param {string} title
 * @param {...import("../../core/dom.js").Children} content
 */
function section(title, ...content) {
  return h("section", { class: "section" }, h("h3", null, title), content);
}
