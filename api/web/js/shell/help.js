/** Help: the keys that work now. */

import { h } from "../core/dom.js";
import { keys } from "../core/keys.js";
import { button, dialog } from "../core/ui.js";

const SHOWN = /** @type {Record<string, string>} */ ({ Mod: /Mac/.test(navigator.platform) ? "⌘" : "Ctrl", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓" });
const ON_MAP = [
  ["Arrow keys", "Move the map"],
  ["+ and −", "Zoom in and out"],
];

/** Open the help. */
export function openHelp() {
  const scopes = Map.groupBy(keys.list(), ({ scope }) => scope);
  return dialog(
    "Keys",
    (close) => [
      ...[...scopes].map(([scope, bound]) =>
        h(
          "section",
          { class: "stack" },
          h("h3", null, scope),
          h("dl", { class: "keys" }, bound.flatMap(({ key, label }) => [h("dt", null, keyCaps(key)), h("dd", null, label)])),
        ),
      ),
      h(
        "section",
        { class: "stack" },
        h("h3", null, "With the map in focus"),
        h("dl", { class: "keys" }, ON_MAP.flatMap(([key, label]) => [h("dt", null, h("kbd", null, key)), h("dd", null, label)])),
      ),
      h("div", { class: "buttons" }, button("Close", () => close(null), { kind: "primary" })),
    ],
    { wide: true },
  );
}

/** @param {string} key */
function keyCaps(key) {
  const caps = key === "+" ? ["+"] : key.split("+");
  return caps.flatMap((cap, index) => [index > 0 && " ", h("kbd", null, SHOWN[cap] ?? cap.toUpperCase())]);
}
