/** One change for many addresses: choose which, say what, see how many, confirm exactly that, and take it back at once. */

import { h, replace } from "../core/dom.js";
import { active } from "../core/filters.js";
import { makeTurns } from "../core/wanted.js";
import { said } from "../core/words.js";
import { readCorners } from "./areas/geometry.js";
import { KINDS, tellDone } from "./card_actions.js";
import { CODES } from "./holds.js";
import { typePlaces } from "./places.js";

/** @typedef {import("../types.js").Ctx} Ctx */

const AS_IT_IS = { value: "", label: "Leave as it is" };
const WAYS = [
  { id: "filters", label: "Filters" },
  { id: "drawn", label: "Drawn" },
  { id: "list", label: "List" },
];
/** @type {Record<string, string>} */
const FIELDS = { kind: "Type", serviceable: "Sold to", phase: "Phase", flag: "Flag", hold: "Hold" };

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "bulk",
  title: "Bulk",
  icon: "bulk",
  scope: "plan",
  group: "plan",
  mount(root, ctx) {
    const { api, map, ui, view } = ctx;
    const choices = makeTurns();
    const looks = makeTurns();
    let selected = /** @type {() => any} */ (() => null);
    const told = h("div", { class: "stack", "aria-live": "polite" });
    const chosen = view.get("item") && WAYS.some(({ id }) => id === view.get("item")) ? /** @type {string} */ (view.get("item")) : "filters";
    let way = chosen;
    const contents = { filters: byFilters, drawn: byDrawing, list: byList };
    root.append(
      h("section", { class: "section" }, h("h3", null, "Which addresses"), ui.tabs(WAYS.map(({ id, label }) => ({ id, label, content: () => contents[/** @type {keyof typeof contents} */ (id)]() })), { chosen, label: "Which addresses", onChange: leave })),
      h("section", { class: "section" }, h("h3", null, "What becomes of them"), wishForm()),
      told,
    );

    /** @param {string} id */
    function leave(id) {
      way = id;
      view.set({ item: id }, { replace: true });
    }

    /** What was looked at was of other addresses than are chosen now. */
    function forgetLook() {
      looks.end();
      replace(told);
    }

    function beginChoice() {
      forgetLook();
      map.draw.stop();
      selected = () => null;
      return choices.next();
    }

    function byFilters() {
      beginChoice();
      selected = () => view.selection();
      const set = active();
      if (!set.length) return ui.notice("warn", "No filter is set, so this is every address. Set filters first, or draw, or give a list.");
      return h("ul", { class: "plain-list" }, set.map(({ says }) => h("li", null, says)));
    }

    function byDrawing() {
      beginChoice();
      const status = h("p", { class: "small quiet", role: "status" }, "Nothing drawn yet.");
      const take = (/** @type {any} */ polygon) => {
        forgetLook();
        selected = () => ({ ...view.selection(), polygon });
        status.textContent = `An area is drawn.${active().length ? " Filters that are set count too." : ""}`;
      };
      const type = async () => {
        const polygon = await typePlaces(ui, readCorners);
        if (polygon) take(polygon);
      };
      map.draw.start("polygon", { onFinish: (feature) => take(feature.geometry) });
      return [
        ui.notice("info", "Draw around them on the map; click the first corner again to close it."),
        h("div", { class: "row wrap" }, status, ui.button("Type places", type, { small: true })),
      ];
    }

    function byList() {
      const signal = beginChoice();
      const found = h("div", { class: "stack", "aria-live": "polite" });
      const form = ui.form(
        [
          { name: "text", label: "Ids or addresses, one a line", type: "textarea", props: { rows: 5 } },
          { name: "file", label: "Or a CSV", type: "file", hint: "With a column address_id or address.", props: { accept: ".csv,.txt,text/csv,text/plain" } },
        ],
        {
          label: "Match the list",
          async submit({ text, file }) {
            const matched = await api.post("/v1/bulk:match", { text: file.length ? await file[0].text() : text });
            if (signal.aborted) return;
            forgetLook();
            selected = () => ({ ids: matched.ids });
            replace(found, matchedSaid(matched));
          },
        },
      );
      const field = form.querySelector("textarea");
      field?.addEventListener("dragover", (event) => event.preventDefault());
      field?.addEventListener("drop", async (event) => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file) field.value = await file.text();
      });
      return [form, found];
    }

    /** @param {any} matched */
    function matchedSaid(matched) {
      const { units } = ctx;
      return [
        h("p", null, `${units.count(matched.ids.length, "address", "addresses")} from ${units.count(matched.rows, "row")}${matched.twice ? `; ${units.number(matched.twice)} named again` : ""}.`),
        matched.unmatched > 0 && [
          ui.notice("warn", `${units.count(matched.unmatched, "row")} name no address.`),
          ui.table({
            caption: "Rows that name no address",
            columns: [
              { key: "row", label: "Row", number: true },
              { key: "text", label: "What stands there" },
              { key: "why", label: "Why" },
            ],
            rows: matched.problems,
          }),
        ],
      ];
    }

    function wishForm() {
      const truth = (/** @type {string} */ yes, /** @type {string} */ no) => [AS_IT_IS, { value: "true", label: yes }, { value: "false", label: no }];
      return ui.form(
        [
          { name: "kind", label: "Type", type: "select", options: [AS_IT_IS, ...KINDS] },
          { name: "serviceable", label: "Sold to", type: "select", options: truth("Yes", "No") },
          { name: "phase", label: "Phase", hint: "Leave empty to leave it as it is. A single dash gives that of the area back." },
          { name: "flag", label: "Flag", type: "select", options: truth("Flag them", "Take the flag away") },
          { name: "hold", label: "Hold", type: "select", options: [AS_IT_IS, ...CODES] },
          { name: "document", label: "Document of the hold" },
          { name: "review_on", label: "Look at the hold again on", type: "date" },
        ],
        { label: "Show what changes", submit: preview },
      );
    }

    /** @param {Record<string, any>} given */
    async function preview(given) {
      const selection = selected();
      if (!selection) {
        replace(told, ui.notice("warn", "Say first which addresses: draw around them, or match a list."));
        return;
      }
      if (selection.ids && !selection.ids.length) {
        replace(told, ui.notice("warn", "The list names no address."));
        return;
      }
      const asked = { selection, ...wishOf(given) };
      const signal = looks.next();
      const would = await api.post("/v1/bulk:preview", asked);
      if (signal.aborted) return;
      const hold = given.hold ? { document: given.document || null, review_on: given.review_on || null } : {};
      show({ ...asked, ...hold }, would, signal);
    }

    /**
     * @param {any} asked
     * @param {any} would
     * @param {AbortSignal} signal
     */
    function show(asked, would, signal) {
      const { units } = ctx;
      const rows = Object.entries(would.changes).flatMap(([field, changes]) => Object.entries(changes).map(([change, count]) => ({ field: FIELDS[field] ?? field, change: change.replace(" -> ", " → ").replaceAll("_", " "), count })));
      const classes = Object.entries(would.classes).map(([name, count]) => `${units.number(count)} ${said(name).toLowerCase()}`);
      const named = units.count(would.changed, "address", "addresses");
      replace(
        told,
        h(
          "section",
          { class: "section" },
          h("h3", null, "What changes"),
          h("p", null, h("strong", null, `${named} of ${units.number(would.selected)} selected`), would.changed ? `: ${classes.join(", ")}; ${units.count(would.units, "unit")}.` : ". The others are so already."),
          would.not_listed > 0 && h("p", { class: "small quiet" }, `${units.number(would.not_listed)} more are left alone, because their sources permit no lists.`),
          would.held > 0 && ui.notice("info", `${units.count(would.held, "is", "are")} under a hold now.`),
          would.customers > 0 && ui.notice("warn", `Somebody is connected at ${units.count(would.customers, "of them", "of them")}.`),
          rows.length > 0 &&
            ui.table({
              caption: "Changes",
              columns: [
                { key: "field", label: "What" },
                { key: "change", label: "From → to" },
                { key: "count", label: "Addresses", number: true },
              ],
              rows,
            }),
          would.changed > 0 &&
            ui.form([{ name: "reason", label: "Why", required: true, hint: "Kept on record with your name." }], {
              label: `Change ${named}`,
              async submit({ reason }) {
                const done = await api.post("/v1/bulk", { ...asked, reason, seen: would.seen });
                if (!signal.aborted) replace(told);
                tellDone(ctx, `${units.count(done.changed, "address", "addresses")} changed.`, done.plan_version);
              },
            }),
        ),
      );
      told.scrollIntoView({ block: "nearest" });
    }

    const unfollow = view.on("*", (_, name) => {
      if (!name.startsWith("filter.") || view.get("panel") !== "bulk") return;
      if (way === "filters") /** @type {HTMLElement | null} */ (root.querySelector("[role=tab][aria-selected=true]"))?.click();
      if (way === "drawn") forgetLook();
    });
    return () => {
      unfollow();
      choices.end();
      map.draw.stop();
    };
  },
};

/** @param {Record<string, any>} given */
function wishOf(given) {
  /** @type {Record<string, any>} */
  const wish = {};
  if (given.kind) wish.kind = given.kind;
  if (given.serviceable) wish.serviceable = given.serviceable === "true";
  if (given.phase) wish.phase = given.phase === "-" ? "" : given.phase;
  if (given.flag) wish.flag = given.flag === "true";
  if (given.hold) wish.hold = given.hold;
  return wish;
}
