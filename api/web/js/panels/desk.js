/** The desk: find a customer or an address, see what is true and sold there, and do what is asked for. */

import { h, replace } from "../core/dom.js";
import { makeCard } from "./desk/card.js";
import { makeFind } from "./desk/find.js";

const MARK = "desk";

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "desk",
  title: "Desk",
  icon: "desk",
  scope: "sell",
  group: "sell",
  wide: true,
  mount(root, ctx) {
    const { keys, map, ui, view } = ctx;
    const find = makeFind(ctx, (addressId) => view.set({ item: addressId }));
    const card = makeCard(ctx, (address) => map.ready.then(() => mark(address)));
    const place = h("div", { class: "stack" });

    function show() {
      const item = view.get("panel") === "desk" ? view.get("item") : null;
      if (!item) {
        map.ready.then(() => map.hide(MARK));
        return void replace(place, find.found.children.length ? find.found : begin());
      }
      find.stop(); // who goes somewhere else meanwhile is not led to what was looked for before
      replace(place, find.found.children.length > 0 && h("div", null, ui.button("What was found", () => view.set({ item: null }), { kind: "plain", icon: "back", small: true })), card.element);
      return void card.load(item);
    }

    /** @param {any} address */
    function mark({ lon, lat }) {
      if (lon === null || view.get("panel") !== "desk") return;
      map.showGeoJSON(MARK, { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [lon, lat] } });
      map.go(lon, lat);
    }

    function begin() {
      return ui.empty({ title: "Who is it?", body: "Find them by name, phone or e-mail, or find the address: what is sold there and what was agreed there stands on its card." });
    }

    find.form.addEventListener("submit", () => {
      replace(place, find.found);
      view.set({ item: null });
    });
    replace(root, h("div", { class: "stack desk" }, find.form, place));
    show();
    if (!view.get("item")) find.input.focus();
    const stops = [
      view.on("item", show),
      map.onRefresh(() => card.reload()),
      keys.bind("f", () => (find.input.focus(), find.input.select()), { label: "Find a customer", scope: "Desk" }),
    ];
    return () => {
      find.stop();
      card.leave();
      for (const stop of stops) stop();
      map.ready.then(() => map.hide(MARK));
    };
  },
};
