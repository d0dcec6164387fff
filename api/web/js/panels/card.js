/** The card of an address: what it may have, why, and how that came about, with the evidence drawn on the map. */

import { h, replace } from "../core/dom.js";
import { makeTurns, whileShown } from "../core/wanted.js";
import { colour } from "../map/colours.js";
import { cardActions, isCorrecting } from "./card_actions.js";

const DRAWN = "card";
/** @type {Record<string, string>} */
const HAPPENED = {
  verdict: "Class",
  correction: "Correction",
  connectivity: "Connection",
  hold_placed: "Hold placed",
  hold_released: "Hold released",
  merged: "Merged",
};

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "card",
  title: "Address",
  icon: "address",
  scope: "read",
  group: "look",
  mount(root, ctx) {
    const { api, view, map, ui } = ctx;
    const asking = makeTurns();
    const cards = makeTurns();
    let shown = "";
    let told = "";
    let isLate = false;
    const chosen = () => `${view.get("item")} as of ${view.get("as_of")}`;

    /** Whether what is shown has to stay for now: it is never taken from under the hands of somebody who is correcting it. */
    function hasToStay() {
      isLate = shown === chosen() && isCorrecting(root);
      return isLate;
    }
    const corrected = () => void (isLate && show());

    async function show() {
      if (hasToStay()) return;
      const signal = asking.next();
      const id = view.get("item");
      if (view.get("panel") !== "card") return;
      map.ready.then(() => id || map.hide(DRAWN));
      if (!id) {
        cards.end();
        shown = told = "";
        replace(root, chooseOne(ctx));
        return;
      }
      try {
        const card = await api.get(`/v1/addresses/${encodeURIComponent(id)}/card`, { as_of: view.get("as_of") }, { signal });
        if (signal.aborted || hasToStay() || !isNews(card)) return;
        replace(root, body(card, whileShown(ctx, cards.next()), corrected));
        await map.ready;
        if (!signal.aborted) draw(map, card);
      } catch (error) {
        if (signal.aborted || hasToStay()) return;
        cards.end();
        shown = told = "";
        map.ready.then(() => map.hide(DRAWN));
        replace(root, ui.problemBox(error), view.get("as_of") && backToNow(ctx));
      }
    }

    /**
     * Whether a card says anything else than the one that is shown: what has the focus keeps it where it does not.
     * @param {any} card
     */
    function isNews(card) {
      const before = `${shown} ${told}`;
      shown = chosen();
      told = JSON.stringify(card);
      return before !== `${shown} ${told}`;
    }

    const off = [view.on("item", show), view.on("as_of", show), map.onRefresh(show)];
    show();
    return () => {
      asking.end();
      cards.end();
      off.forEach((stop) => stop());
      map.ready.then(() => map.hide(DRAWN));
      view.set({ as_of: null }, { replace: true });
    };
  },
};

/** @param {import("../types.js").Ctx} ctx */
function chooseOne({ ui }) {
  const search = () => /** @type {HTMLElement | null} */ (document.querySelector(".bar input[type=search]"))?.focus();
  return ui.empty({
    title: "No address chosen",
    body: "Click one on the map, or search for it.",
    actions: [ui.button("Search", search, { kind: "primary", icon: "search" })],
  });
}

/**
 * @param {any} card
 * @param {import("../types.js").Ctx} ctx
 * @param {() => void} corrected
 */
function body(card, ctx, corrected) {
  const { ui } = ctx;
  return [
    card.as_of && h("div", { class: "as-of" }, ui.notice("info", `As it was known in version ${card.plan_version}.`), backToNow(ctx)),
    h(
      "section",
      { class: "section card-head" },
      h("h3", { class: "address" }, card.address.full_address),
      h("p", null, h("span", { class: `class-mark ${card.class}` }, card.class)),
      orderable(card, ui),
    ),
    cardActions(card, ctx, corrected),
    h("section", { class: "section" }, h("h3", null, "Facts"), facts(card, ctx)),
    card.technologies.map((/** @type {any} */ one) => why(one, ctx, card.technologies.length > 1)),
    concerns(card, ctx),
    unitsOf(card, ctx),
    h("section", { class: "section" }, h("h3", null, "What happened"), timeline(card, ctx)),
    sources(card, ctx),
  ];
}

/**
 * @param {any} card
 * @param {import("../types.js").Ctx["ui"]} ui
 */
function orderable(card, ui) {
  if (card.orderable) return ui.notice("good", "It can be ordered today.");
  const reasons = card.reasons.map((/** @type {any} */ reason) => h("li", null, reason.label));
  return ui.notice("warn", h("strong", null, "It cannot be ordered:"), h("ul", null, reasons));
}

/**
 * @param {any} card
 * @param {import("../types.js").Ctx} ctx
 */
function facts(card, { units, view, map, ui }) {
  const best = card.technologies.find((/** @type {any} */ one) => one.class === card.class) ?? card.technologies[0];
  const decides = best?.decided_by;
  const isArea = decides?.role === "coverage";
  const goThere = () => {
    const bounds = boundsOf(card.evidence, "decides");
    if (bounds) map.fit(bounds);
    view.set({ panel: "areas", item: decides.feature_id });
  };
  const port = card.terminal && card.terminal.ports_total !== null ? `, ${card.terminal.ports_free ?? "?"} of ${card.terminal.ports_total} ports free` : "";
  /** @type {[string, import("../core/dom.js").Children][]} */
  const told = [
    ["Technology", card.technologies.map((/** @type {any} */ one) => `${words(one.technology)}: ${one.class}`).join("; ")],
    [best?.class === "build" ? "Was planned for" : "Expected", best?.expected.text ? `${units.date(best.expected.date)}${best.class === "build" ? "" : ` (customers are told: ${best.expected.public})`}` : null],
    ["Decided by", decides && (isArea ? ui.button(decides.name ?? "Area without a name", goThere, { small: true }) : (decides.name ?? words(decides.role)))],
    ["Phase", decides?.phase],
    ["Terminal", card.terminal && `${card.terminal.name ?? "without a name"}${port}`],
    ["Drop", card.terminal && card.terminal.drop_m !== null ? `${units.length(card.terminal.drop_m)}, straight${best?.drop_over_limit ? ", over the limit" : ""}` : null],
    ["Kind", `${words(card.address.kind)}${card.address.serviceable ? "" : ", nothing to sell to"}`],
    ["Units", card.now && units.number(card.now.units)],
    ["Connection", card.now && words(card.now.connectivity)],
    ["Placed by", card.address.placement && words(card.address.placement)],
    ["Address id", String(card.address.address_id)],
    ["FCC location", card.address.fcc_location_id],
  ];
  return h("dl", { class: "facts" }, told.filter(([, value]) => value).map(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}

/**
 * @param {any} one
 * @param {import("../types.js").Ctx} ctx
 * @param {boolean} named
 */
function why(one, { units }, named) {
  return h(
    "section",
    { class: "section" },
    h("h3", null, named ? `Why: ${words(one.technology)}` : "Why"),
    h(
      "ol",
      { class: "steps" },
      one.steps.map((/** @type {any} */ step) =>
        h("li", { class: step.decides ? "decides" : "" }, step.answer, step.distance_m !== null && h("span", { class: "quiet" }, ` (${units.length(step.distance_m)})`), step.decides && h("strong", null, " Decides.")),
      ),
    ),
    h("p", { class: "small quiet" }, `Confidence: ${one.confidence}.`),
  );
}

/**
 * @param {any} card
 * @param {import("../types.js").Ctx} ctx
 */
function concerns(card, { units }) {
  if (!card.holds.length && !card.flags.length) return null;
  return h(
    "section",
    { class: "section" },
    h("h3", null, "Holds and flags"),
    h(
      "ul",
      { class: "plain-list" },
      card.holds.map((/** @type {any} */ hold) =>
        h("li", null, h("strong", null, `Hold: ${words(hold.code)}. `), hold.reason, h("span", { class: "small quiet" }, ` by ${hold.author}, ${units.date(hold.placed_at)}${hold.review_on ? `; review by ${units.date(hold.review_on)}` : ""}`)),
      ),
      card.flags.map((/** @type {any} */ flag) => h("li", null, h("strong", null, `Flag: ${words(flag.code)}. `), flag.detail?.name ?? "")),
    ),
  );
}

/**
 * @param {any} card
 * @param {import("../types.js").Ctx} ctx
 */
function unitsOf(card, { ui, view }) {
  const list = card.now?.unit_list ?? [];
  if (list.length < 2) return null;
  return h(
    "section",
    { class: "section" },
    h("h3", null, `Units of this building (${list.length})`),
    ui.table({
      caption: "Units of this building",
      columns: [{ key: "address", label: "Unit" }],
      rows: list,
      onRow: (/** @type {any} */ row) => view.set({ item: row.address_id }),
      isCurrent: (/** @type {any} */ row) => row.address_id === card.address.address_id,
    }),
  );
}

/**
 * @param {any} card
 * @param {import("../types.js").Ctx} ctx
 */
function timeline(card, { ui, units, view }) {
  if (!card.timeline.length) return h("p", { class: "quiet" }, "Nothing is recorded yet.");
  return h(
    "ol",
    { class: "timeline" },
    card.timeline.map((/** @type {any} */ entry) =>
      h(
        "li",
        null,
        h("time", { datetime: entry.happened_at, class: "small quiet" }, units.time(entry.happened_at)),
        h("span", null, h("strong", null, `${HAPPENED[entry.what] ?? words(entry.what)}: `), change(entry.detail)),
        h("span", { class: "small quiet" }, entry.cause),
        entry.plan_version !== null &&
          ui.button(`As of version ${entry.plan_version}`, () => view.set({ as_of: entry.plan_version }), { kind: "plain", small: true }),
      ),
    ),
  );
}

/** @param {any} detail */
function change(detail) {
  if ("to" in detail) return `${detail.from ?? "not there"} → ${detail.to ?? "gone"}`;
  return [detail.code, detail.kind, detail.reason].filter(Boolean).map(words).join(", ");
}

/**
 * @param {any} card
 * @param {import("../types.js").Ctx} ctx
 */
function sources(card, { ui }) {
  return h(
    "section",
    { class: "section" },
    h("h3", null, "Where it comes from"),
    card.records.length
      ? ui.table({
          caption: "Source records",
          columns: [
            { key: "source", label: "Source" },
            { key: "delivery_line", label: "As written" },
            { key: "row", label: "Row", number: true },
          ],
          rows: card.records,
        })
      : h("p", { class: "quiet" }, "A person entered it; no source has it yet."),
    card.corrections.map((/** @type {any} */ one) => h("p", { class: "small" }, `Corrected (${words(one.kind)}) by ${one.author}: ${one.reason}`)),
  );
}

/** @param {import("../types.js").Ctx} ctx */
function backToNow({ ui, view }) {
  return ui.button("Back to now", () => view.set({ as_of: null }), { small: true, icon: "back" });
}

/**
 * Draw what decides, the terminal, the drop to it, and the address on top.
 * @param {import("../types.js").Ctx["map"]} map
 * @param {any} card
 */
function draw(map, card) {
  const decides = () => colour(card.class === "pre-build" ? "class-pre-build-line" : "class-build-line");
  map.showGeoJSON(DRAWN, card.evidence, () => ({
    fill: { "fill-color": decides(), "fill-opacity": 0.12 },
    line: { "line-color": ["match", ["get", "part"], "drop", colour("map-mark"), decides()], "line-width": ["match", ["get", "part"], "drop", 3, 2] },
    circle: { "circle-radius": ["match", ["get", "part"], "address", 8, 6], "circle-color": ["match", ["get", "part"], "address", colour("map-mark"), decides()] },
    label: "name",
  }));
}

/**
 * @param {any} collection
 * @param {string} part
 * @returns {[number, number, number, number] | null}
 */
function boundsOf(collection, part) {
  const found = collection.features.find((/** @type {any} */ feature) => feature.properties.part === part);
  if (!found) return null;
  const positions = positionsIn(found.geometry.coordinates);
  const lon = positions.map((position) => position[0]);
  const lat = positions.map((position) => position[1]);
  return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
}

/**
 * @param {any[]} coordinates
 * @returns {number[][]}
 */
function positionsIn(coordinates) {
  return typeof coordinates[0] === "number" ? [coordinates] : coordinates.flatMap(positionsIn);
}

/** @param {string | null} code */
function words(code) {
  return (code ?? "").replaceAll("_", " ");
}
