/** Which layers the map shows, and what lies under them. */

import { h, replace } from "../core/dom.js";
import { groups } from "../map/layers.js";

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "layers",
  title: "Layers",
  icon: "layers",
  scope: "suggest",
  group: "look",
  mount(root, { api, begin, map, session, ui, view }) {
    /** @type {any[]} */
    let imagery = [];
    const list = h("div", null);

    function draw() {
      replace(
        list,
        h("fieldset", { class: "section" }, h("legend", { class: "section-title" }, "On the map"), groups().map(layer)),
        h("fieldset", { class: "section" }, h("legend", { class: "section-title" }, "Under it"), [null, ...imagery].map(ground), !imagery.length && none()),
      );
    }

    /** @param {import("../map/layers.js").Group} group */
    function layer({ id, title, about }) {
      const change = (/** @type {Event} */ event) => map.setShown(id, /** @type {HTMLInputElement} */ (event.target).checked);
      return h("label", { class: "check tall" }, h("input", { type: "checkbox", checked: map.isShown(id), onchange: change }), h("span", null, title, h("span", { class: "hint" }, about)));
    }

    /** @param {any} each */
    function ground(each) {
      const title = each?.title ?? null;
      const checked = (view.get("imagery") ?? null) === title;
      const change = () => view.set({ imagery: title });
      return h("label", { class: "check" }, h("input", { type: "radio", name: "ground", checked, onchange: change }), title ?? "Plain");
    }

    function none() {
      return h("p", { class: "quiet small" }, "No imagery is set. ", session.may("admin") ? ui.button("Set imagery", () => view.set({ panel: "map-settings" }), { small: true }) : "An administrator can set some.");
    }

    replace(root, list);
    begin(async () => {
      ({ imagery } = await api.get("/v1/settings/map"));
      draw();
    });
  },
};
