/** What a planner corrects on the card of an address: where it is, who is there, its units, whether it is there at all. */

import { h, replace } from "../core/dom.js";

/** @typedef {import("../types.js").Ctx} Ctx */

export const KINDS = [
  { value: "residential", label: "Residential" },
  { value: "business", label: "Business" },
  { value: "institution", label: "Institution" },
  { value: "other", label: "Other" },
];
export const WHY = { name: "reason", label: "Why", required: true, hint: "Kept on record with your name." };

/**
 * Whether a correction is being made in what is shown: it acts on the version of the address that was seen with it.
 * @param {HTMLElement} shown
 */
export const isCorrecting = (shown) => shown.querySelector("[data-correcting]") !== null;

/**
 * @param {any} card
 * @param {Ctx} ctx
 * @param {() => void} ended called when a correction was made or given up
 */
export function cardActions(card, ctx, ended) {
  if (!ctx.session.may("plan") || card.as_of || !card.now) return null;
  const { api, map, ui, units } = ctx;
  const { address_id, full_address, version, kind, serviceable, provisional, unit } = card.address;
  const path = `/v1/addresses/${address_id}`;
  const seen = { headers: { "If-Match": `"${version}"` } };
  const place = h("div", { class: "stack", "aria-live": "polite" });
  offer();
  return h("section", { class: "section" }, h("h3", null, "Correct it"), place);

  /** Show what can be corrected, none of it begun. */
  function offer() {
    map.draw.stop();
    delete place.dataset.correcting;
    replace(
      place,
      h(
        "div",
        { class: "row wrap" },
        provisional && ui.button("Confirm", confirm, { small: true, icon: "check" }),
        ui.button("Move", move, { small: true, icon: "pin" }),
        ui.button("Change type", retype, { small: true, icon: "building" }),
        !unit && ui.button("Add units", split, { small: true, icon: "list" }),
        ui.button("Retire", retire, { small: true, icon: "trash" }),
      ),
    );
  }

  /** @param {import("../core/dom.js").Children[]} shown */
  function begin(...shown) {
    place.dataset.correcting = "";
    replace(place, ...shown);
  }

  function end() {
    offer();
    ended();
  }

  function move() {
    const stop = map.pick(({ lon, lat }) => askWhy(lon, lat));
    const cancel = () => (stop(), end());
    begin(
      ui.notice("info", "Click on the map where it really is, or give the place."),
      ui.form(
        [
          { name: "lat", label: "Latitude", type: "number", required: true, value: card.address.lat, props: { step: "any", min: -90, max: 90 } },
          { name: "lon", label: "Longitude", type: "number", required: true, value: card.address.lon, props: { step: "any", min: -180, max: 180 } },
        ],
        { label: "Take this place", cancel, submit: ({ lon, lat }) => (stop(), askWhy(lon, lat)) },
      ),
    );
  }

  /**
   * @param {number} lon
   * @param {number} lat
   */
  function askWhy(lon, lat) {
    map.showGeoJSON("card-move", { type: "Point", coordinates: [lon, lat] });
    ask("Move it here", [WHY], ({ reason }) => api.patch(path, { lon, lat, reason }, seen), "Moved.");
  }

  function retype() {
    const fields = [
      { name: "kind", label: "Who is there", type: "select", options: KINDS, value: kind },
      { name: "serviceable", label: "It is sold to", type: "checkbox", value: serviceable },
      WHY,
    ];
    ask("Change the type", fields, (given) => api.patch(path, given, seen), "The type is changed.");
  }

  function split() {
    const found = h("div", { class: "stack", "aria-live": "polite" });
    const form = ui.form(
      [{ name: "pattern", label: "Units", required: true, hint: "1-24, or A-D, or 101-108,201-208. Floors and doors: 1-12 x A-F." }],
      { label: "Show the units", cancel: end, submit: async ({ pattern }) => show(pattern, (await api.post(`${path}:preview-units`, { pattern })).units) },
    );
    begin(form, found);

    /**
     * @param {string} pattern
     * @param {any[]} listed
     */
    function show(pattern, listed) {
      const fresh = listed.filter((one) => !one.known).length;
      replace(
        found,
        h("p", null, `${units.count(listed.length, "unit")}, ${fresh ? `${units.number(fresh)} of them new` : "all there already"}.`),
        fresh > 0 &&
          ui.form([WHY], {
            label: `Add ${units.count(fresh, "unit")}`,
            submit: ({ reason }) => done(api.post(`${path}:split`, { pattern, reason }), `${units.count(fresh, "unit")} added.`),
          }),
        ui.table({ caption: "Units by this pattern", columns: [{ key: "full_address", label: "Unit" }, { key: "known", label: "There", cell: (row) => (row.known ? "already" : "new") }], rows: listed }),
      );
    }
  }

  function retire() {
    const connected = !["none", "passed"].includes(card.now.connectivity);
    begin(connected && ui.notice("warn", "Somebody is connected here. Their records stay, but the address goes."));
    ask("Retire it", [WHY], ({ reason }) => api.post(`${path}:retire`, { reason }, seen), `${full_address} is retired.`);
  }

  function confirm() {
    ask("Confirm it", [WHY], ({ reason }) => api.post(`${path}:confirm`, { reason }), "Confirmed.");
  }

  /**
   * @param {string} label
   * @param {any[]} fields
   * @param {(given: any) => Promise<any>} send
   * @param {string} said
   */
  function ask(label, fields, send, said) {
    const warning = place.querySelector(".notice.warn");
    const form = ui.form(fields, { label, cancel: () => (map.hide("card-move"), end()), submit: (given) => done(send(given), said) });
    begin(warning, form);
    /** @type {HTMLElement | null} */ (form.querySelector("input, select"))?.focus();
  }

  /**
   * @param {Promise<any>} sent
   * @param {string} said
   */
  async function done(sent, said) {
    const { plan_version } = await sent;
    map.hide("card-move");
    end();
    tellDone(ctx, said, plan_version);
  }
}

/**
 * Say what was done, with an undo, and let everything be shown anew.
 * @param {Ctx} ctx
 * @param {string} said
 * @param {number} version
 * @param {() => unknown} [after]
 */
export function tellDone({ api, map, ui }, said, version, after) {
  const undo = async () => {
    try {
      await api.post(`/v1/plan-versions/${version}:undo`, {});
      ui.toast("Taken back.", { kind: "good" });
      map.refresh();
      after?.();
    } catch (problem) {
      ui.toast(/** @type {any} */ (problem).detail ?? String(problem), { kind: "bad" });
    }
  };
  ui.toast(said, { kind: "good", action: { label: "Undo", run: undo } });
  map.refresh();
  after?.();
}
