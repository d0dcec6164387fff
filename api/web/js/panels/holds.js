/** Holds: what may not be sold though it is there. Placed with a reason, looked at again in time, released by name. */

import { h, replace } from "../core/dom.js";
import { isLetGo, makeTurns } from "../core/wanted.js";
import { colour } from "../map/colours.js";

/** @typedef {import("../types.js").Ctx} Ctx */

export const CODES = [
  { value: "easement_refused", label: "Easement refused" },
  { value: "no_mdu_agreement", label: "No agreement for the building" },
  { value: "do_not_serve", label: "Do not serve" },
  { value: "owner_refusal", label: "Owner refuses" },
  { value: "unsafe", label: "Unsafe" },
  { value: "under_review", label: "Under review" },
];
const SOON_DAYS = 30;

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "holds",
  title: "Holds",
  icon: "hold",
  scope: "read",
  group: "plan",
  mount(root, ctx) {
    const { api, map, ui, session } = ctx;
    const turns = makeTurns();
    const place = h("div", { class: "stack" });
    const list = h("div", { class: "stack", "aria-live": "polite" });
    root.append(h("div", { class: "stack" }, session.may("plan") && place, list));
    offer();

    /** What a planner begins with. */
    function offer() {
      map.draw.stop();
      replace(
        place,
        h(
          "div",
          { class: "row wrap" },
          ui.button("Hold an address", () => ask("address_id"), { icon: "address" }),
          ui.button("Hold a building", () => ask("location_id"), { icon: "building" }),
          ui.button("Hold an area", drawArea, { icon: "draw" }),
        ),
      );
    }

    async function drawArea() {
      replace(
        place,
        ui.notice("info", "Draw the area on the map; click the first corner again to close it."),
        ui.button("Cancel", offer),
      );
      await map.draw.start("polygon", { onFinish: (feature) => ask("area", feature.geometry) });
    }

    /**
     * @param {"address_id" | "location_id" | "area"} on
     * @param {import("geojson").Geometry} [shape]
     */
    function ask(on, shape) {
      const target = {
        address_id: { name: "target", label: "Address id", type: "number", required: true, hint: "It stands on the card of the address." },
        location_id: { name: "target", label: "Building id", type: "number", required: true, hint: "It stands on the card of an address in it." },
        area: null,
      }[on];
      const fields = [
        ...(target ? [target] : []),
        { name: "code", label: "Why", type: "select", options: CODES },
        { name: "reason", label: "In your words", type: "textarea", required: true, hint: "Whoever meets the hold reads this." },
        { name: "document", label: "Document", hint: "Where the paper is: a number, a path or a link." },
        { name: "review_on", label: "Look at it again on", type: "date" },
      ];
      const form = ui.form(/** @type {any} */ (fields), {
        label: "Place the hold",
        cancel: offer,
        async submit(given) {
          const asked = { code: given.code, reason: given.reason, document: given.document || null, review_on: given.review_on || null };
          const placed = await api.post("/v1/holds", { ...asked, [on]: on === "area" ? shape : given.target });
          ui.toast("The hold is placed.", { kind: "good", action: { label: "Undo", run: () => undo(placed.plan_version) } });
          offer();
          await changed();
        },
      });
      replace(place, h("h3", null, { address_id: "Hold an address", location_id: "Hold a building", area: "Hold an area" }[on]), form);
      form.querySelector("input, select")?.dispatchEvent(new Event("focus"));
    }

    /** @param {number} version */
    async function undo(version) {
      await api.post(`/v1/plan-versions/${version}:undo`, {});
      await changed();
    }

    async function changed() {
      map.refresh();
      await load();
    }

    async function load() {
      const told = await api.get("/v1/holds", undefined, { signal: turns.next() });
      await map.ready;
      draw(told);
      replace(list, told.features.length ? held(told.features.map((/** @type {any} */ feature) => feature.properties)) : nothing());
    }

    /** @param {any} told */
    function draw(told) {
      const shown = { ...told, features: told.features.filter((/** @type {any} */ feature) => feature.geometry) };
      map.showGeoJSON("holds", shown, () => ({ fill: { "fill-color": colour("map-gap"), "fill-opacity": 0.25 }, line: { "line-color": colour("map-gap") } }));
    }

    function nothing() {
      return ui.empty({ title: "Nothing is on hold", body: "A hold keeps sales away from what is there, and leaves its class as it is." });
    }

    /** @param {any[]} holds */
    function held(holds) {
      const due = holds.filter(isDue).length;
      return [
        due > 0 && ui.notice("warn", `${due} of these should be looked at again.`),
        ui.table({
          caption: "Holds in force",
          columns: [
            { key: "code", label: "Why", cell: (row) => said(row.code) },
            { key: "first_address", label: "On", cell: (row) => on(row) },
            { key: "addresses", label: "Addresses", number: true },
            { key: "review_on", label: "Review", cell: (row) => (row.review_on ? `${row.review_on}${isDue(row) ? " (due)" : ""}` : "–") },
          ],
          rows: holds,
          onRow: show,
        }),
      ];
    }

    /** @param {any} hold */
    async function show(hold) {
      const release = await ui.dialog(`${said(hold.code)}: ${on(hold)}`, (close) => [
        h(
          "dl",
          { class: "facts" },
          ...fact("Reason", hold.reason),
          ...fact("Placed by", `${hold.author}, ${hold.placed_at.slice(0, 10)}`),
          ...fact("Document", hold.document),
          ...fact("Review on", hold.review_on),
        ),
        hold.from_source && ui.notice("info", "It comes from an exclusion area, and ends when its source no longer has the area."),
        session.may("plan") && !hold.from_source
          ? ui.form([{ name: "reason", label: "Why it ends", type: "text", required: true }], {
              label: "Release the hold",
              cancel: () => close(null),
              async submit(given) {
                close(await api.post(`/v1/holds/${hold.hold_id}:release`, { reason: given.reason }));
              },
            })
          : h("div", { class: "buttons" }, ui.button("Close", () => close(null))),
      ]);
      if (!release) return;
      ui.toast("The hold is released.", { kind: "good", action: { label: "Undo", run: () => undo(release.plan_version) } });
      await changed();
    }

    load().catch((problem) => isLetGo(problem) || replace(list, ui.problemBox(problem)));
    return () => {
      turns.end();
      map.draw.stop();
      map.hide("holds");
    };
  },
};

/**
 * @param {string} name
 * @param {any} value
 */
function fact(name, value) {
  return value ? [h("dt", null, name), h("dd", null, value)] : [];
}

/** @param {string} code */
function said(code) {
  return CODES.find(({ value }) => value === code)?.label ?? "Exclusion area";
}

/** @param {any} hold */
function on(hold) {
  if (hold.scope === "area") return hold.from_source ? hold.reason : "A drawn area";
  if (hold.scope === "list") return hold.addresses > 1 ? `${hold.first_address} and ${hold.addresses - 1} more` : hold.first_address;
  return hold.first_address ?? (hold.scope === "building" ? "A building" : "An address");
}

/** @param {any} hold */
function isDue(hold) {
  return Boolean(hold.review_on) && new Date(hold.review_on).getTime() < Date.now() + SOON_DAYS * 86_400_000;
}
