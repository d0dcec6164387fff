/** The application, put together: sign in, then the frame, then the map. */

import { api } from "./core/api.js";
import { h, replace } from "./core/dom.js";
import { keys } from "./core/keys.js";
import { choosePassword, session } from "./core/session.js";
import "./core/theme.js";
import { problemBox, toast, ui } from "./core/ui.js";
import { units } from "./core/units.js";
import { view } from "./core/view.js";
import { map, startMap } from "./map/index.js";
import { makeBar } from "./shell/bar.js";
import { openHelp } from "./shell/help.js";
import { makeRail } from "./shell/rail.js";
import { makeSide } from "./shell/side.js";
import { followLink, showSignIn } from "./shell/sign_in.js";

const LINK_IS_OVER = "This link has been used or is too old. Sign in with your password, or ask an administrator for another link.";

async function start() {
  const link = await followLink();
  if (link !== "done" && !(await session.resume())) await showSignIn(link ? { about: LINK_IS_OVER } : {});
  const ctx = { api, view, map, ui, keys, session, units };
  const container = h("div", { class: "map", id: "map" });
  const stage = h("main", { class: "stage", "aria-label": "Map" }, container);
  const frame = h("div", { class: "frame" }, makeBar(), makeRail(), stage);
  replace(document.body, frame);
  startMap(container);
  frame.append(makeSide(ctx));
  if (link === "done") toast("You are signed in by a link.", { action: { label: "Choose a password", run: choosePassword } });
  keys.bind("?", () => void openHelp(), { label: "Show the keys" });
}

start().catch((error) => {
  console.error(error);
  replace(document.body, h("div", { class: "sign-in" }, h("main", null, h("h1", null, "fibermap"), problemBox(error))));
});
