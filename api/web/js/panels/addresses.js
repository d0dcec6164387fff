/** Addresses that no source has yet, and those on which a source disagrees with a person. */

import { h, replace } from "../core/dom.js";
import { makeTurns, whileShown } from "../core/wanted.js";
import { said } from "../core/words.js";
import { colour } from "../map/colours.js";
import { readPlaces } from "./areas/geometry.js";
import { tellDone, WHY } from "./card_actions.js";
import { typePlaces } from "./places.js";

/** @typedef {import("../types.js").Ctx} Ctx */

const DRAWN = "planned-lots";
const FEET_PER_M = 1 / 0.3048;
const SIDES = [
  { value: "right", label: "Right of the line" },
  { value: "left", label: "Left of the line" },
  { value: "both", label: "Both, alternating" },
];

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "addresses",
  title: "Addresses",
  icon: "pin",
  scope: "read",
  group: "plan",
  mount(root, ctx) {
    const tabs = makeTurns();
    const now = () => whileShown(ctx, tabs.next());
    const views = [
      { id: "waiting", label: "Provisional", content: () => waiting(now()) },
      { id: "disagreements", label: "Disagreements", content: () => disputes(now()) },
    ];
    if (ctx.session.may("plan")) views.unshift({ id: "add", label: "Add", content: () => adding(now()) });
    root.append(
      ctx.ui.tabs(views, {
        chosen: views.some(({ id }) => id === ctx.view.get("item")) ? /** @type {string} */ (ctx.view.get("item")) : views[0].id,
        label: "Addresses",
        onChange: (id) => (clear(ctx), ctx.view.set({ item: id }, { replace: true })),
      }),
    );
    return () => (tabs.end(), clear(ctx));
  },
};

/** @param {Ctx} ctx */
function clear({ map }) {
  map.draw.stop();
  map.hide(DRAWN);
}

/** @param {Ctx} ctx */
function adding(ctx) {
  const { api, map, ui } = ctx;
  const place = h("div", { class: "stack", "aria-live": "polite" });
  offer();
  return place;

  function offer() {
    clear(ctx);
    replace(
      place,
      h("p", { class: "quiet" }, "What you add is provisional until a source brings it or somebody confirms it."),
      h(
        "div",
        { class: "row wrap" },
        ui.button("One address", one, { icon: "address" }),
        ui.button("Lots along a road", () => draw("line"), { icon: "draw" }),
        ui.button("Lots at points", () => draw("point"), { icon: "pin" }),
      ),
    );
  }

  function one() {
    const form = ui.form(
      [
        { name: "text", label: "What it is called", required: true, hint: "Such as Lot 14, Elk Ridge." },
        { name: "lat", label: "Latitude", type: "number", required: true, props: { step: "any", min: -90, max: 90 } },
        { name: "lon", label: "Longitude", type: "number", required: true, props: { step: "any", min: -180, max: 180 } },
        WHY,
      ],
      {
        label: "Add the address",
        cancel: () => (stop(), offer()),
        async submit(given) {
          const added = await api.post("/v1/addresses", given);
          stop();
          offer();
          tellDone(ctx, `${given.text} is added.`, added.plan_version);
        },
      },
    );
    const stop = map.pick(({ lon, lat }) => {
      for (const [name, value] of Object.entries({ lat, lon })) {
        /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value = value.toFixed(6);
      }
      map.showGeoJSON(DRAWN, { type: "Point", coordinates: [lon, lat] });
    });
    replace(place, ui.notice("info", "Click on the map where it is, or give the place."), form);
  }

  /** @param {"line" | "point"} mode */
  async function draw(mode) {
    const along = mode === "line";
    /** @type {any} */
    let shape = null;
    const drawn = h("p", { class: "small quiet", role: "status" }, along ? "No road yet." : "No point yet.");
    const preview = h("div", { class: "stack", "aria-live": "polite" });
    const feet = ctx.units.system === "feet";
    const fields = [
      { name: "name", label: "Name, with {n} for the number", required: true, value: "Lot {n}" },
      { name: "first", label: "First number", type: "number", required: true, value: 1, props: { min: 0 } },
      { name: "step", label: "Step", type: "number", required: true, value: 1, hint: "2 for one side of a street, -1 to count down." },
      ...(along
        ? [
            { name: "count", label: "How many", type: "number", required: true, value: 10, props: { min: 1, max: 500 } },
            { name: "side", label: "Side", type: "select", options: SIDES },
            { name: "setback", label: `From the road, ${feet ? "feet" : "metres"}`, type: "number", required: true, value: feet ? 50 : 15, props: { min: 0, step: "any" } },
          ]
        : []),
    ];
    const form = ui.form(/** @type {any} */ (fields), { label: "Show the lots", cancel: offer, submit: look });
    replace(
      place,
      ui.notice("info", along ? "Draw the road on the map; click its last point again to end it." : "Click each lot on the map, in the order of their numbers."),
      h("div", { class: "row wrap" }, drawn, ui.button("Type places", type, { small: true })),
      form,
      preview,
    );
    await map.draw.start(mode, {
      onChange: (features) => take(features.map(({ geometry }) => /** @type {any} */ (geometry).coordinates), along),
      onFinish: (feature) => along && take([/** @type {any} */ (feature.geometry).coordinates], true),
    });

    /**
     * @param {any[]} found coordinates, of lines or of points
     * @param {boolean} lines
     */
    function take(found, lines) {
      const coordinates = lines ? (found.at(-1) ?? []) : found;
      shape = coordinates.length > (along ? 1 : 0) ? { type: along ? "LineString" : "MultiPoint", coordinates } : null;
      drawn.textContent = shape ? ctx.units.count(coordinates.length, "point") + (along ? " in the road." : ".") : "Nothing drawn yet.";
    }

    async function type() {
      const places = await typePlaces(ui, readPlaces);
      if (places) take(along ? [places] : places, along);
    }

    /** @param {Record<string, any>} given */
    async function look(given) {
      if (!shape) {
        replace(preview, ui.notice("warn", along ? "Draw the road first." : "Click at least one lot first."));
        return;
      }
      const rule = { shape, name: given.name, first: given.first, step: given.step };
      const rest = along ? { count: given.count, side: given.side, setback_m: feet ? given.setback / FEET_PER_M : given.setback } : {};
      show({ ...rule, ...rest }, (await api.post("/v1/addresses:preview-lots", { ...rule, ...rest })).lots);
    }

    /**
     * @param {any} asked
     * @param {any[]} lots
     */
    function show(asked, lots) {
      const known = lots.filter((lot) => lot.known_as).length;
      map.fit(boundsOf(lots));
      map.showGeoJSON(DRAWN, asPoints(lots), { circle: { "circle-radius": 6, "circle-color": colour("map-mark") }, label: "name" });
      replace(
        preview,
        known > 0 && ui.notice("bad", `${ctx.units.count(known, "lot")} of these ${known === 1 ? "is" : "are"} there already. Number them otherwise.`),
        known === 0 &&
          ui.form([WHY], {
            label: `Add ${ctx.units.count(lots.length, "lot")}`,
            async submit({ reason }) {
              const added = await api.post("/v1/addresses:add-lots", { ...asked, reason });
              offer();
              tellDone(ctx, `${ctx.units.count(lots.length, "lot")} added.`, added.plan_version);
            },
          }),
        ui.table({
          caption: "Lots to be added",
          columns: [
            { key: "name", label: "Lot" },
            { key: "class", label: "Class here", cell: (row) => said(row.class) },
            { key: "known_as", label: "There already" },
          ],
          rows: lots,
        }),
      );
      preview.scrollIntoView({ block: "nearest" });
    }
  }
}

/**
 * @param {any[]} rows
 * @returns {any}
 */
function asPoints(rows) {
  const placed = rows.filter(({ lon }) => lon !== null);
  return { type: "FeatureCollection", features: placed.map(({ lon, lat, ...properties }) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } })) };
}

/**
 * @param {{lon: number, lat: number}[]} lots
 * @returns {[number, number, number, number]}
 */
function boundsOf(lots) {
  const [lon, lat] = [lots.map((lot) => lot.lon), lots.map((lot) => lot.lat)];
  return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
}

/** @param {Ctx} ctx */
function waiting(ctx) {
  const { api, map, ui, units, view, session } = ctx;
  const list = h("div", { class: "stack", "aria-live": "polite" });
  load().catch((problem) => replace(list, ui.problemBox(problem)));
  return list;

  async function load() {
    const { total, addresses } = await api.get("/v1/addresses:provisional");
    if (!total) {
      replace(list, ui.empty({ title: "Nothing is provisional", body: "Lots and units that you add stand here until a source or somebody confirms them." }));
      return;
    }
    await map.ready;
    map.showGeoJSON(DRAWN, asPoints(addresses), { circle: { "circle-radius": 5, "circle-color": colour("map-mark") } });
    replace(
      list,
      h("p", null, total > addresses.length ? `The newest ${units.number(addresses.length)} of ${units.number(total)}.` : `${units.count(total, "address", "addresses")}.`),
      ui.table({
        caption: "Provisional addresses",
        columns: [
          { key: "full_address", label: "Address" },
          { key: "class", label: "Class", cell: (row) => said(row.class) },
          { key: "author", label: "Added by" },
          ...(session.may("plan") ? [{ key: "confirm", label: "Real", cell: (/** @type {any} */ row) => ui.button(`Confirm ${row.full_address}`, (event) => (event.stopPropagation(), confirm(row)), { small: true, icon: "check", hideLabel: true }) }] : []),
        ],
        rows: addresses,
        onRow: (row) => (row.lon !== null && map.go(row.lon, row.lat), view.set({ panel: "card", item: row.address_id })),
      }),
    );
  }

  /** @param {any} row */
  async function confirm(row) {
    const version = await ui.dialog(`Confirm ${row.full_address}`, (close) =>
      ui.form([WHY], {
        label: "Confirm it",
        cancel: () => close(null),
        submit: async ({ reason }) => close((await api.post(`/v1/addresses/${row.address_id}:confirm`, { reason })).plan_version),
      }),
    );
    if (version) tellDone(ctx, `${row.full_address} is confirmed.`, version, load);
  }
}

/** @param {Ctx} ctx */
function disputes(ctx) {
  const { api, ui, session } = ctx;
  const list = h("div", { class: "stack", "aria-live": "polite" });
  load().catch((problem) => replace(list, ui.problemBox(problem)));
  return list;

  async function load() {
    const { disagreements } = await api.get("/v1/addresses:disagreements");
    replace(
      list,
      disagreements.length ? disagreements.map(one) : ui.empty({ title: "No source disagrees", body: "Where a source says something new of what somebody corrected, it stands here to be settled." }),
    );
  }

  /** @param {any} found */
  function one(found) {
    return h(
      "article",
      { class: "file-card" },
      h("strong", null, found.full_address),
      h(
        "dl",
        { class: "facts" },
        [
          [`Yours (${found.author}, ${found.made_at.slice(0, 10)})`, inWords(found.corrected, ctx)],
          [`${found.source} said then`, found.said_then ? inWords(found.said_then, ctx) : "nothing"],
          [`${found.source} says now`, inWords(found.says_now, ctx)],
          ["Why you said so", found.reason],
        ].map(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
      ),
      session.may("plan") &&
        h(
          "div",
          { class: "row wrap" },
          ui.button("Keep mine", () => settle(found, "keep", "Keep mine"), { small: true, kind: "primary" }),
          ui.button("Take theirs", () => settle(found, "withdraw", "Take theirs"), { small: true }),
          ui.button("Look at it", () => ctx.view.set({ panel: "card", item: found.address_id }), { small: true, kind: "plain" }),
        ),
    );
  }

  /**
   * @param {any} found
   * @param {string} verb
   * @param {string} label
   */
  async function settle(found, verb, label) {
    const version = await ui.dialog(`${label}: ${found.full_address}`, (close) =>
      ui.form([WHY], {
        label,
        cancel: () => close(null),
        submit: async ({ reason }) => close((await api.post(`/v1/corrections/${found.correction_id}:${verb}`, { reason, seen: found.seen })).plan_version),
      }),
    );
    if (version) tellDone(ctx, verb === "keep" ? "Yours is kept." : "Theirs is taken.", version, load);
  }
}

/**
 * @param {Record<string, any>} fields
 * @param {Ctx} ctx
 */
function inWords(fields, { ui, map }) {
  if ("lon" in fields) {
    const { lon, lat } = fields;
    if (lon === null) return "no place";
    return ui.button(`${lat.toFixed(5)}, ${lon.toFixed(5)}`, () => (map.showGeoJSON(DRAWN, { type: "Point", coordinates: [lon, lat] }), map.go(lon, lat)), { small: true, kind: "plain" });
  }
  const kind = "kind" in fields ? said(fields.kind) : null;
  const sold = "serviceable" in fields ? (fields.serviceable ? "sold to" : "not sold to") : null;
  return [kind, sold].filter(Boolean).join(", ");
}
