/** The first day: no addresses, no plan. What to bring, in which order, until there is a first classified map. */

import { h } from "../core/dom.js";
import { session } from "../core/session.js";
import { button } from "../core/ui.js";
import { view } from "../core/view.js";
import { PANELS } from "../panels/index.js";

/** Make what stands over an empty map. */
export function makeWelcome() {
  const card = h("section", { class: "card welcome", "aria-labelledby": "welcome-title" });
  const away = button("Close", () => card.remove(), { kind: "plain", icon: "close", hideLabel: true });
  const mayBring = session.may("plan");
  const bring = PANELS.find(({ icon, title }) => icon === "bring" || title === "Bring in");
  card.append(
    h("header", { class: "row spread" }, h("h2", { id: "welcome-title" }, "Nothing is on the map yet"), away),
    h(
      "ol",
      { class: "steps" },
      step("Bring the addresses", "Your county's address points, from its GIS office or the state's clearinghouse: GeoJSON, a shapefile, a geodatabase, a spreadsheet, or the address of an ArcGIS layer."),
      step("Bring the plan", "The KMZ or geodatabase of the design tool: service areas with their status, terminals, routes. Words that are not known are asked about once."),
      step("Look at the dry run, and publish", "Nothing changes before you publish. From then on every address has a class, and says why."),
    ),
    mayBring
      ? h("div", { class: "row wrap" }, bring && button("Bring in a file", () => view.set({ panel: bring.id }), { kind: "primary", icon: "bring" }), session.may("admin") && button("Set imagery", () => view.set({ panel: "map-settings" })))
      : h("p", { class: "quiet" }, "Ask a planner to bring in the first files."),
    h("p", { class: "quiet small" }, "Only to look around? ", h("code", null, "make demo"), " makes a county that does not exist."),
  );
  return card;
}

/**
 * @param {string} title
 * @param {string} about
 */
function step(title, about) {
  return h("li", null, h("strong", null, title), h("span", null, about));
}
