/** The panel at the right: one at a time, named in the address; on a phone a sheet from below. */

import { h, replace } from "../core/dom.js";
import { keys } from "../core/keys.js";
import { session } from "../core/session.js";
import { button, problemBox } from "../core/ui.js";
import { view } from "../core/view.js";
import { makeTurns, whileShown } from "../core/wanted.js";
import { PANELS } from "../panels/index.js";

/**
 * Make the side panel; it opens and closes with the view.
 * @param {Omit<import("../types.js").Ctx, "begin">} ctx
 */
export function makeSide(ctx) {
  const heading = h("h2", { id: "side-title", tabindex: "-1" });
  let content = h("div", { class: "content" });
  const grip = h("button", { type: "button", class: "grip", "aria-label": "Make the panel taller or shorter", onclick: () => side.classList.toggle("tall") });
  const side = h(
    "aside",
    { class: "side", "aria-labelledby": "side-title", hidden: true },
    grip,
    h("header", null, heading, button("Close panel", close, { kind: "plain", icon: "close", hideLabel: true })),
    content,
  );
  /** @type {() => void} */
  let leave = () => {};
  const turns = makeTurns();

  async function show() {
    leave();
    leave = () => {};
    const signal = turns.next();
    const entry = PANELS.find(({ id, scope }) => id === view.get("panel") && session.may(scope));
    side.hidden = !entry;
    if (!entry) return;
    heading.textContent = entry.title;
    side.dataset.panel = entry.id;
    side.classList.toggle("wide", Boolean(entry.wide));
    const mine = h("div", { class: "content" }); // its own: whatever the panel before still writes is seen by nobody
    content.replaceWith(mine);
    content = mine;
    const tell = (/** @type {unknown} */ problem) => void (signal.aborted || replace(mine, problemBox(problem)));
    try {
      const { panel } = await entry.load();
      if (signal.aborted) return;
      leave = panel.mount(mine, { ...whileShown(ctx, signal), begin: (work) => void work().catch(tell) }) ?? (() => {});
    } catch (problem) {
      tell(problem);
    }
  }

  function close() {
    view.set({ panel: null, item: null });
  }

  keys.bind("Escape", () => (side.hidden ? false : close()), { label: "Close the panel" });
  view.on("panel", show);
  show();
  return side;
}
