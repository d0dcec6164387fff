/** Tools over the map: measure, copy coordinates, the whole county, print. */

import { h, replace } from "../core/dom.js";
import { keys } from "../core/keys.js";
import { button, toast } from "../core/ui.js";
import { units } from "../core/units.js";
import { map } from "../map/index.js";
import { areaOf, lengthOf } from "../map/measure.js";
import { print } from "./print.js";

const MEASURED = "measured";
const DECIMALS = 6;

/**
 * Make the tools.
 * @param {() => Promise<void>} showAll
 * @param {...(HTMLElement | false)} more further buttons
 */
export function makeTools(showAll, ...more) {
  const told = h("p", { class: "card measured", role: "status", hidden: true });
  const measure = button("Measure", () => toggle(), { icon: "measure", hideLabel: true, props: { "aria-pressed": "false" } });
  const pick = button("Copy coordinates", () => copyNext(), { icon: "pin", hideLabel: true, props: { "aria-pressed": "false" } });
  /** @type {[number, number][]} */
  let line = [];
  let on = false;
  let stopPicking = /** @type {(() => void) | null} */ (null);

  function toggle() {
    on = !on;
    measure.setAttribute("aria-pressed", String(on));
    map.gl.getCanvas().classList.toggle("picking", on);
    line = [];
    if (on) map.gl.on("click", add);
    else map.gl.off("click", add);
    if (!on) map.hide(MEASURED);
    told.hidden = !on;
    told.textContent = "Click along the line. Back on the first point closes an area.";
  }

  /** @param {import("maplibre-gl").MapMouseEvent} event */
  function add(event) {
    const at = /** @type {[number, number]} */ ([event.lngLat.lng, event.lngLat.lat]);
    const first = line.length > 2 && map.gl.project(line[0]).dist(event.point) < 10;
    line = isClosed() ? [at] : [...line, first ? line[0] : at];
    draw();
  }

  const isClosed = () => line.length > 3 && line[0] === line[line.length - 1];

  function draw() {
    const points = line.map((coordinates) => feature({ type: "Point", coordinates }));
    const shape = isClosed() ? { type: "Polygon", coordinates: [line] } : { type: "LineString", coordinates: line };
    map.showGeoJSON(MEASURED, /** @type {any} */ ({ type: "FeatureCollection", features: line.length > 1 ? [feature(shape), ...points] : points }));
    told.textContent = units.length(lengthOf(line)) + (isClosed() ? ` around, ${units.area(areaOf(line.slice(0, -1)))}` : "");
  }

  function copyNext() {
    if (stopPicking) return endPick();
    if (on) toggle();
    pick.setAttribute("aria-pressed", "true");
    replace(told, "Click a place to copy its coordinates.");
    told.hidden = false;
    stopPicking = map.pick(({ lon, lat }) => {
      endPick();
      copy(`${lat.toFixed(DECIMALS)}, ${lon.toFixed(DECIMALS)}`);
    });
  }

  function endPick() {
    stopPicking?.();
    stopPicking = null;
    told.hidden = true;
    pick.setAttribute("aria-pressed", "false");
  }

  keys.bind("m", () => toggle(), { label: "Measure", scope: "Map" });
  keys.bind("c", () => copyNext(), { label: "Copy coordinates", scope: "Map" });
  keys.bind("0", () => void showAll(), { label: "Show everything", scope: "Map" });
  keys.bind("Mod+p", () => void print(), { label: "Print the map", scope: "Map" });
  keys.bind("Escape", () => (on ? toggle() : stopPicking ? endPick() : false));
  return [
    h(
      "div",
      { class: "card tools", role: "toolbar", "aria-label": "Map tools" },
      button("Show everything", () => showAll(), { icon: "gaps", hideLabel: true }),
      measure,
      pick,
      ...more,
      button("Print the map", () => print(), { icon: "print", hideLabel: true }),
    ),
    told,
  ];
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${text}`, { kind: "good" });
  } catch {
    toast(text, { action: { label: "OK", run: () => {} } });
  }
}

/** @param {any} geometry */
function feature(geometry) {
  return { type: "Feature", properties: {}, geometry };
}
