/** Which layers the map shows. */

import { h } from "../core/dom.js";
import { LAYERS } from "../map/layers.js";

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "layers",
  title: "Layers",
  icon: "layers",
  scope: "suggest",
  group: "look",
  mount(root, { map }) {
    root.append(
      h(
        "section",
        { class: "section" },
        h("h3", null, "On the map"),
        h(
          "ul",
          null,
          LAYERS.map(({ id, title }) =>
            h(
              "li",
              null,
              h(
                "label",
                { class: "check" },
                h("input", {
                  type: "checkbox",
                  checked: map.isShown(id),
                  onchange: (/** @type {Event} */ event) => map.setShown(id, /** @type {HTMLInputElement} */ (event.target).checked),
                }),
                title,
              ),
            ),
          ),
        ),
      ),
    );
  },
};
