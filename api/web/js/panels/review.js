/** Review: what only a person can settle. Queues, the evidence side by side, and decisions by keyboard. */

import { h, replace } from "../core/dom.js";
import { isLetGo, makeTurns } from "../core/wanted.js";
import { colour } from "../map/colours.js";
import { evidence, reasonOf } from "./review/evidence.js";

/** @type {{id: string, label: string, none: string}[]} */
const QUEUES = [
  { id: "quarantined", label: "Not usable", none: "Everything that was brought in could be used." },
  { id: "duplicate", label: "Possible duplicates", none: "No two addresses look like one." },
  { id: "flag", label: "Flags", none: "No address has anything odd about it." },
  { id: "missing", label: "Reported missing", none: "Nobody misses an address." },
];
/** @type {Record<string, {label: string, key: string, icon: string}>} */
const CHOICES = {
  accept: { label: "Accept", key: "a", icon: "check" },
  merge: { label: "Merge", key: "m", icon: "bulk" },
  split: { label: "Split", key: "s", icon: "cut" },
  hold: { label: "Hold", key: "h", icon: "hold" },
  discard: { label: "Discard", key: "d", icon: "trash" },
};
const DAY_MS = 86_400_000;

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "review",
  title: "Review",
  icon: "review",
  scope: "plan",
  group: "plan",
  wide: true,
  mount(root, ctx) {
    const { api, keys, map, session, ui, units, view } = ctx;
    const lists = makeTurns();
    const details = makeTurns();
    let queue = "duplicate";
    let told = /** @type {any} */ (null);
    let shown = /** @type {any} */ (null);
    let current = /** @type {number | null} */ (null);
    let lastDecision = /** @type {number | null} */ (null);
    let stopPicking = () => {};
    let noted = { of: 0, text: "" }; // it is kept while the item is shown anew, as when somebody takes it on
    const wanted = { why: "", assignee: "*", text: "" };
    const heads = h("div", { class: "row wrap", role: "group", "aria-label": "Queues" });
    const filters = h("div", { class: "row wrap" });
    const list = h("div", { class: "stack waiting" });
    const detail = h("div", { class: "stack", "aria-live": "polite" });
    root.append(h("div", { class: "stack" }, heads, filters, list, detail));

    /** @param {number | null} [item] which to show; the first without one */
    async function load(item = null) {
      const assignee = wanted.assignee === "*" ? {} : { assignee: wanted.assignee === "me" ? session.user?.name : "" };
      const path = `/v1/reviews?${new URLSearchParams({ queue, ...asked(), .../** @type {any} */ (assignee) })}`;
      told = await api.get(path, undefined, { signal: lists.next() });
      await map.ready;
      drawHeads();
      drawFilters();
      const chosen = told.items.find((/** @type {any} */ each) => each.item_id === item) ?? told.items[0];
      await show(chosen ?? null);
    }

    const asked = () => Object.fromEntries(Object.entries({ why: wanted.why, text: wanted.text }).filter(([, value]) => value));

    function drawHeads() {
      const counts = Object.fromEntries(told.queues.map((/** @type {any} */ each) => [each.queue, each.open]));
      replace(
        heads,
        QUEUES.map(({ id, label }) =>
          ui.button(`${label} ${units.number(counts[id])}`, () => go(id), { small: true, props: { "aria-pressed": String(id === queue), "data-queue": id } }),
        ),
        ui.button("Decided", decided, { small: true, icon: "history", props: { "aria-pressed": "false" } }),
      );
    }

    /** @param {string} next */
    function go(next) {
      queue = next;
      Object.assign(wanted, { why: "", text: "" });
      return load();
    }

    function drawFilters() {
      const { why } = told.queues.find((/** @type {any} */ each) => each.queue === queue);
      const reasons = [{ value: "", label: "Any reason" }, ...why.map((/** @type {any} */ each) => ({ value: each.why, label: `${reasonOf(each.why)} (${units.number(each.open)})` }))];
      const people = [{ value: "*", label: "Anybody" }, { value: "me", label: "Me" }, { value: "", label: "Nobody yet" }];
      const text = h("input", { class: "input", type: "search", value: wanted.text, onchange: () => ((wanted.text = text.value.trim()), load()) });
      replace(
        filters,
        h("label", { class: "field" }, "Why", select(reasons, wanted.why, (value) => ((wanted.why = value), load()))),
        h("label", { class: "field" }, "Looked after by", select(people, wanted.assignee, (value) => ((wanted.assignee = value), load()))),
        h("label", { class: "field grow" }, "Name", text),
      );
    }

    function drawList() {
      const { none } = /** @type {any} */ (QUEUES.find(({ id }) => id === queue));
      if (!told.items.length) {
        const filtered = wanted.why || wanted.text || wanted.assignee !== "*";
        replace(list, ui.empty(filtered ? { title: "Nothing like that", body: "Other filters may find more." } : { title: "All done here", body: none }));
        return;
      }
      replace(
        list,
        ui.table({
          caption: "Waiting for review",
          columns: [
            { key: "title", label: "What" },
            { key: "why", label: "Why", cell: (row) => reasonOf(row.why) },
            { key: "since", label: "Waits", number: true, cell: (row) => age(row.since), sort: (row) => row.since },
            { key: "assignee", label: "With" },
          ],
          rows: told.items,
          onRow: show,
          isCurrent: (row) => row.item_id === current,
        }),
        told.total > told.items.length && h("p", { class: "small quiet" }, `The oldest ${units.number(told.items.length)} of ${units.number(told.total)}.`),
      );
    }

    /** @param {any} item */
    async function show(item) {
      const signal = details.next();
      stopPicking();
      map.hide("review");
      shown = null;
      current = item?.item_id ?? null;
      detail.setAttribute("aria-busy", String(item !== null)); // until its evidence is there, nothing can be decided
      drawList();
      if (!item) {
        replace(detail);
        return;
      }
      try {
        shown = await api.get(`/v1/reviews/${item.item_id}`, undefined, { signal });
      } catch (problem) {
        if (signal.aborted) return; // somebody has gone on meanwhile
        replace(detail, ui.problemBox(problem));
        detail.setAttribute("aria-busy", "false");
        return;
      }
      view.set({ item: String(item.item_id) }, { replace: true });
      drawMap();
      replace(
        detail,
        h("section", { class: "section", "aria-label": "Evidence" }, h("h3", null, `${shown.item.title}: ${reasonOf(shown.item.why)}`), evidence(shown, ctx)),
        actions(),
      );
      detail.setAttribute("aria-busy", "false");
    }

    function drawMap() {
      const look = { address: "map-mark", other: "map-gap", crossed: "map-exclusion", report: "map-exclusion", mended: "map-mark" };
      const paint = ["match", ["get", "part"], ...Object.entries(look).flatMap(([part, name]) => [part, colour(name)]), colour("map-network")];
      map.showGeoJSON("review", shown.features, {
        fill: { "fill-color": paint, "fill-opacity": 0.15 },
        line: { "line-color": paint, "line-width": 2.5 },
        circle: { "circle-color": paint, "circle-radius": 7 },
        label: "name",
      });
      const box = boxOf(shown.features.features.filter((/** @type {any} */ each) => !["area", "crossed"].includes(each.properties.part)));
      if (box) map.fit(box, { maxZoom: 18 });
    }

    function actions() {
      const fields = fieldsOf(shown);
      const of = shown.item.item_id;
      const note = h("input", { class: "input", placeholder: "Reviewed", value: noted.of === of ? noted.text : "", oninput: () => (noted = { of, text: note.value }) });
      const own = Object.fromEntries(fields.map(({ name, element }) => [name, element]));
      const problem = h("div", { "data-problem": "" });
      const decide = async (/** @type {string} */ choice) => {
        if (detail.dataset.busy === "true") return;
        setBusy(true); // nobody opens another item that the next one would take away
        try {
          await send(choice, note.value.trim() || "Reviewed", own);
        } catch (error) {
          if (isLetGo(error)) return;
          if (/** @type {any} */ (error).status === 409) await load(of);
          replace(detail.querySelector("[data-problem]") ?? problem, ui.problemBox(error));
        } finally {
          setBusy(false);
        }
      };
      press = (choice) => shown?.choices.includes(choice) && decide(choice);
      return h(
        "section",
        { class: "section", "aria-label": "Decide" },
        fields.map(({ label, element, hint }) => h("label", { class: "field" }, label, element, hint && h("span", { class: "hint" }, hint))),
        h("label", { class: "field" }, "Note", note),
        h(
          "div",
          { class: "row wrap" },
          shown.choices.map((/** @type {string} */ choice, /** @type {number} */ index) => {
            const { label, key, icon } = CHOICES[choice];
            return ui.button(`${label} (${key})`, () => decide(choice), { kind: index ? "" : "primary", icon });
          }),
          ui.button(shown.item.assignee === session.user?.name ? "Hand back" : "Look after it", assign, { icon: "user" }),
        ),
        problem,
        h("p", { class: "small quiet" }, "j and k go through the list, u takes your last decision back."),
      );
    }

    /** @param {boolean} busy whether a decision is being sent */
    function setBusy(busy) {
      detail.dataset.busy = String(busy);
      for (const each of [heads, filters, list]) each.inert = busy;
    }

    /** What a decision needs beside its choice, each a control of its own. */
    function fieldsOf(/** @type {any} */ { item, thing, near }) {
      /** @type {{name: string, label: string, element: any, hint?: string}[]} */
      const fields = [];
      if (thing?.becomes === "area") {
        fields.push({ name: "class", label: "If accepted, the area is", element: select([{ value: "pre-build", label: "Pre-build" }, { value: "build", label: "Build" }], "pre-build") });
      } else if (thing || item.queue === "missing") {
        fields.push({ name: "text", label: "If accepted, it is written", element: h("input", { class: "input", value: thing ? (thing.text ?? "") : item.title }) });
        fields.push(place(item));
      }
      if (near?.length) {
        const known = near.map((/** @type {any} */ each) => ({ value: String(each.address_id), label: each.full_address }));
        fields.push({ name: "address_id", label: "If merged, it is", element: select(known, known[0].value) });
      }
      return fields;
    }

    /** @param {any} item */
    function place(item) {
      const at = item.lon === null ? "" : `${item.lat.toFixed(6)}, ${item.lon.toFixed(6)}`;
      const element = h("input", { class: "input", value: at, placeholder: "45.850000, -111.300000" });
      stopPicking = map.pick(({ lon, lat }) => (element.value = `${lat.toFixed(6)}, ${lon.toFixed(6)}`));
      return { name: "place", label: "Where it is", element, hint: "Latitude, longitude; a click on the map takes it." };
    }

    /**
     * @param {string} choice
     * @param {string} reason
     * @param {Record<string, any>} own
     */
    async function send(choice, reason, own) {
      const { item } = shown;
      const at = told.items.findIndex((/** @type {any} */ each) => each.item_id === item.item_id);
      const body = { items: [{ item_id: item.item_id, facts: item.facts }], choice, reason, ...detailsOf(choice, own) };
      const done = await api.post("/v1/reviews:decide", body);
      lastDecision = done.decision_ids[0];
      ui.toast(`${item.title}: decided.`, { kind: "good", action: { label: "Undo", run: undo } });
      map.refresh();
      await load(told.items[at + 1]?.item_id ?? told.items[at - 1]?.item_id ?? null);
    }

    async function undo() {
      if (lastDecision === null) {
        ui.toast("There is no decision of yours to take back here.");
        return;
      }
      const decision = lastDecision;
      lastDecision = null;
      await takeBack(decision);
      await load();
    }

    /** @param {number} decision */
    async function takeBack(decision) {
      await api.post(`/v1/review-decisions/${decision}:undo`, {});
      ui.toast("Taken back; it waits again.", { kind: "good" });
      map.refresh();
    }

    async function assign() {
      const { item } = shown;
      const assignee = item.assignee === session.user?.name ? null : session.user?.name;
      await api.post("/v1/reviews:assign", { item_ids: [item.item_id], assignee });
      await load(item.item_id);
    }

    async function decided() {
      const { decisions } = await api.get("/v1/review-decisions", undefined, { signal: lists.next() });
      heads.querySelectorAll("button").forEach((each) => each.setAttribute("aria-pressed", String(each === heads.lastElementChild)));
      await show(null);
      replace(filters);
      replace(
        list,
        decisions.length
          ? ui.table({
              caption: "Decisions",
              columns: [
                { key: "title", label: "What" },
                { key: "choice", label: "Decided", cell: (row) => CHOICES[row.choice].label },
                { key: "author", label: "By" },
                { key: "decided_at", label: "When", cell: (row) => units.time(row.decided_at), sort: (row) => row.decided_at },
                { key: "reason", label: "Note" },
                { key: "in_force", label: "State", cell: (row) => (row.in_force ? ui.button("Take back", async () => (await takeBack(row.decision_id), await load(), await decided()), { small: true, icon: "undo" }) : `Taken back by ${row.taken_back_by}`) },
              ],
              rows: decisions,
            })
          : ui.empty({ title: "Nothing is decided yet", body: "Every decision stands here, with who made it, and can be taken back." }),
      );
    }

    /** @param {number} step */
    function move(step) {
      if (detail.dataset.busy === "true") return false;
      const at = told?.items.findIndex((/** @type {any} */ each) => each.item_id === current) ?? -1;
      const next = told?.items[at + step];
      return at >= 0 && next ? show(next) : false;
    }

    let press = (/** @type {string} */ _choice) => /** @type {any} */ (false);
    const scope = "Review";
    const bound = [
      keys.bind("j", () => move(1), { label: "The next item", scope }),
      keys.bind("k", () => move(-1), { label: "The item before", scope }),
      keys.bind("u", undo, { label: "Take the last decision back", scope }),
      ...Object.entries(CHOICES).map(([choice, { label, key }]) => keys.bind(key, () => press(choice), { label, scope })),
    ];

    ctx.begin(async () => {
      const item = Number(view.get("item")) || null;
      const known = item === null ? null : await api.get(`/v1/reviews/${item}`).catch(() => null);
      if (known) queue = known.item.queue;
      await load(item);
      if (!known) await firstWithWork();
    });

    /** Open on the first queue in which anything waits. */
    async function firstWithWork() {
      const busy = told.queues.find((/** @type {any} */ each) => each.open > 0);
      if (!told.items.length && busy) await go(busy.queue);
    }

    return () => {
      details.end();
      stopPicking();
      bound.forEach((free) => free());
      map.hide("review");
    };
  },
};

/**
 * @param {string} choice
 * @param {Record<string, any>} own
 */
function detailsOf(choice, own) {
  if (choice === "merge" && own.address_id) return { address_id: Number(own.address_id.value) };
  if (choice !== "accept") return {};
  if (own.class) return { area: { class: own.class.value } };
  const [lat, lon] = (own.place?.value ?? "").split(/[,\s]+/).filter(Boolean).map(Number);
  const at = Number.isFinite(lat) && Number.isFinite(lon) ? { lat, lon } : {};
  return { ...at, ...(own.text?.value.trim() ? { text: own.text.value.trim() } : {}) };
}

/**
 * @param {{value: string, label: string}[]} options
 * @param {string} chosen
 * @param {(value: string) => unknown} [changed]
 */
function select(options, chosen, changed) {
  const element = h("select", { class: "input", onchange: () => changed?.(element.value) }, options.map(({ value, label }) => h("option", { value, selected: value === chosen }, label)));
  return element;
}

/** @param {string | null} since */
function age(since) {
  if (!since) return "–";
  const days = Math.floor((Date.now() - new Date(since).getTime()) / DAY_MS);
  return days < 1 ? "today" : `${days} d`;
}

/** @param {any[]} features @returns {[number, number, number, number] | null} */
function boxOf(features) {
  const flat = features.flatMap(({ geometry }) => geometry.coordinates.flat(4));
  if (!flat.length) return null;
  const lons = flat.filter((_, index) => index % 2 === 0);
  const lats = flat.filter((_, index) => index % 2 === 1);
  const pad = 0.0003;
  return [Math.min(...lons) - pad, Math.min(...lats) - pad, Math.max(...lons) + pad, Math.max(...lats) + pad];
}
