/** The application, put together: sign in, then the frame, then the map. */

import { api } from "./core/api.js";
import { h, replace } from "./core/dom.js";
import { keys } from "./core/keys.js";
import { choosePassword, session } from "./core/session.js";
import "./core/theme.js";
import { problemBox, toast, ui } from "./core/ui.js";
import { units } from "./core/units.js";
import { view } from "./core/view.js";
import { letGo } from "./core/wanted.js";
import { map, startMap } from "./map/index.js";
import { makeBar } from "./shell/bar.js";
import { openHelp } from "./shell/help.js";
import { makeFilterBar } from "./shell/filter_bar.js";
import { makeLegend } from "./shell/legend.js";
import { makeRail } from "./shell/rail.js";
import { makeSearch } from "./shell/search.js";
import { readSettings, settings } from "./shell/settings.js";
import { makeSide } from "./shell/side.js";
import { followLink, showSignIn } from "./shell/sign_in.js";
import { makeTime } from "./shell/time.js";
import { makeTools } from "./shell/tools.js";
import { makeWelcome } from "./shell/welcome.js";

const LINK_IS_OVER = "This link has been used or is too old. Sign in with your password, or ask an administrator for another link.";

async function start() {
  const link = await followLink();
  if (link !== "done" && !(await session.resume())) await showSignIn(link ? { about: LINK_IS_OVER } : {});
  const ctx = { api, view, map, ui, keys, session, units };
  const bounds = planBounds();
  await readSettings();
  if (settings.title) document.title = `${settings.title} · fibermap`;
  const container = h("div", { class: "map", id: "map" });
  const [timeButton, time] = session.may("read") ? makeTime() : [];
  const [tools, told] = makeTools(showAll, timeButton ?? false);
  const above = h("div", { class: "overlay top" }, makeFilterBar(), told);
  const stage = h("main", { class: "stage", "aria-label": "Map" }, container, above, h("div", { class: "overlay right" }, tools), h("div", { class: "overlay bottom" }, makeLegend(), time));
  const frame = h("div", { class: "frame" }, makeBar(), makeRail(), stage);
  replace(document.body, frame);
  if (session.may("read")) document.getElementById("search")?.append(makeSearch());
  // Where the plan is unknown, its tiles tell why.
  startMap(container, settings, view.get("lat") === null ? await bounds.catch(() => null) : null);
  map.ready.then(() => map.track(welcome(stage, bounds)));
  frame.append(makeSide(ctx));
  if (link === "done") toast("You are signed in by a link.", { action: { label: "Choose a password", run: choosePassword } });
  keys.bind("?", () => void openHelp(), { label: "Show the keys" });
}

/** @returns {Promise<import("./map/index.js").Bbox | null>} where the plan is, null where there is none */
async function planBounds() {
  return (await api.get("/v1/tiles/addresses.json")).bounds;
}

/**
 * Tell a newcomer what to do where there is no plan.
 * @param {HTMLElement} stage
 * @param {Promise<import("./map/index.js").Bbox | null>} bounds
 */
async function welcome(stage, bounds) {
  if (!(await bounds)) stage.append(makeWelcome());
}

async function showAll() {
  const bounds = await map.track(planBounds());
  if (bounds) map.fit(bounds);
}

letGo();
start().catch((error) => {
  console.error(error);
  replace(document.body, h("div", { class: "sign-in" }, h("main", null, h("h1", null, "fibermap"), problemBox(error))));
});
