/** The application, put together: sign in, then the frame, then the map. */

import { api } from "./core/api.js";
import { h, replace } from "./core/dom.js";
import { keys } from "./core/keys.js";
import { session } from "./core/session.js";
import "./core/theme.js";
import { problemBox, ui } from "./core/ui.js";
import { units } from "./core/units.js";
import { view } from "./core/view.js";
import { map, startMap } from "./map/index.js";
import { makeBar } from "./shell/bar.js";
import { openHelp } from "./shell/help.js";
import { makeRail } from "./shell/rail.js";
import { makeSide } from "./shell/side.js";
import { showSignIn } from "./shell/sign_in.js";

async function start() {
  if (!(await session.resume())) await showSignIn();
  const ctx = { api, view, map, ui, keys, session, units };
  const container = h("div", { class: "map", id: "map" });
  const stage = h("main", { class: "stage", "aria-label": "Map" }, container);
  const frame = h("div", { class: "frame" }, makeBar(), makeRail(), stage);
  replace(document.body, frame);
  startMap(container);
  frame.append(makeSide(ctx));
  keys.bind("?", () => void openHelp(), { label: "Show the keys" });
}

start().catch((error) => {
  console.error(error);
  replace(document.body, h("div", { class: "sign-in" }, h("main", null, h("h1", null, "fibermap"), problemBox(error))));
});
