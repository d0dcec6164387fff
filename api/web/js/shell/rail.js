/** The rail: every panel that the person may see, in groups. */

import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { session } from "../core/session.js";
import { view } from "../core/view.js";
import { PANELS } from "../panels/index.js";

const GROUPS = /** @type {const} */ (["look", "sell", "plan", "work", "admin"]);

/** Make the rail. */
export function makeRail() {
  const buttons = new Map(PANELS.filter(({ scope, under }) => !under && session.may(scope)).map((entry) => [entry.id, railButton(entry)]));
  const groups = GROUPS.map((group) => PANELS.filter((entry) => entry.group === group && buttons.has(entry.id))).filter((some) => some.length);
  const rail = h(
    "nav",
    { class: "rail", "aria-label": "Panels" },
    groups.map((some, index) => [index > 0 && h("hr", null), ...some.map(({ id }) => buttons.get(id))]).flat(),
  );
  const mark = () => {
    const shown = PANELS.find(({ id }) => id === view.get("panel"));
    for (const [id, element] of buttons) element.setAttribute("aria-pressed", String(id === (shown?.under ?? shown?.id)));
  };
  view.on("panel", mark);
  mark();
  return rail;
}

/** @param {import("../types.js").PanelEntry} entry */
function railButton({ id, title, icon: drawn }) {
  const toggle = () => view.set({ panel: view.get("panel") === id ? null : id, item: null });
  return h("button", { type: "button", onclick: toggle }, icon(drawn), title);
}
