/** The layers of the plan, from the server's tiles, and the groups that a person shows and hides. */

import { session } from "../core/session.js";
import { view } from "../core/view.js";
import { CLASSES } from "../core/words.js";
import { LABEL_FONT } from "./basemap.js";
import { colour } from "./colours.js";
import { addPictures } from "./pictures.js";

/**
 * @typedef {import("maplibre-gl").Map} GlMap
 *
 * @typedef {object} Group
 * @property {string} id
 * @property {string} title
 * @property {string} about
 * @property {boolean} shown to begin with
 * @property {boolean} [internal] not for the public
 * @property {string[]} layers
 */

/** @type {Group[]} */
export const LAYERS = [
  {
    id: "addresses",
    title: "Addresses",
    about: "One by one when near, groups with counts when far",
    shown: true,
    layers: ["address-groups", "address-group-counts", "address-points", "address-flags", "address-holds"],
  },
  { id: "areas", title: "Areas", about: "Service areas by class, and exclusions", shown: true, layers: ["area-fill", "area-hatch", "area-line", "area-line-dashed", "area-names"] },
  { id: "network", title: "Network", about: "Routes, terminals with their free ports", shown: true, internal: true, layers: ["route-line", "network-points", "network-names"] },
  { id: "demand", title: "Demand", about: "Where people asked and nothing could be sold", shown: false, internal: true, layers: ["demand"] },
  { id: "counties", title: "States and counties", about: "Outlines and names", shown: true, layers: ["counties", "states", "county-names"] },
];

const TILED = ["areas", "network", "demand", "addresses"];
const NEAREST_TILES = 16;
/** Farther away an area is a few pixels: its outline tells nothing that its fill does not. */
const OUTLINED_FROM = 8;
const GROUPED = /** @type {any} */ ([">", ["get", "count"], 1]);
const SINGLE = /** @type {any} */ (["==", ["get", "count"], 1]);
const IS_POINT = /** @type {any} */ (["==", ["geometry-type"], "Point"]);
const IS_LINE = /** @type {any} */ (["==", ["geometry-type"], "LineString"]);

/**
 * Whether a group of layers is shown: the view says where that is not as it is to begin with.
 * @param {string} id
 */
export function isShown(id) {
  const said = (view.get("layers") ?? "").split(",");
  const group = LAYERS.find((one) => one.id === id);
  return group?.shown ? !said.includes(`-${id}`) : said.includes(`+${id}`);
}

/**
 * Show or hide a group of layers.
 * @param {string} id
 * @param {boolean} on
 */
export function setShown(id, on) {
  const marks = LAYERS.map((group) => {
    const shown = group.id === id ? on : isShown(group.id);
    return shown === group.shown ? null : `${shown ? "+" : "-"}${group.id}`;
  });
  view.set({ layers: marks.filter(Boolean).join(",") }, { replace: true });
}

/** The groups that the person may see. */
export function groups() {
  return LAYERS.filter(({ internal }) => !internal || session.may("read"));
}

/**
 * Add the layers of the plan.
 * @param {GlMap} gl
 */
export function addPlan(gl) {
  for (const id of TILED.filter(isSeen)) {
    gl.addSource(id, { type: "vector", tiles: [tilesOf(id)], maxzoom: NEAREST_TILES, promoteId: "id" });
  }
  addAreas(gl);
  if (isSeen("network")) addNetwork(gl);
  if (isSeen("demand")) addDemand(gl);
  addAddresses(gl);
  paintPlan(gl);
  applyShown(gl);
}

/**
 * Fetch the tiles anew: other filters, or other data. Resolves once the old ones no longer count as loaded.
 * @param {GlMap} gl
 */
export async function reloadPlan(gl) {
  await Promise.all(TILED.filter((id) => gl.getSource(id)).map((id) => reload(gl, id)));
}

/**
 * @param {GlMap} gl
 * @param {string} id
 * @returns {Promise<void>}
 */
function reload(gl, id) {
  const source = /** @type {import("maplibre-gl").VectorTileSource} */ (gl.getSource(id));
  return new Promise((resolve) => {
    /** @param {import("maplibre-gl").MapSourceDataEvent} event */
    const hear = (event) => {
      if (event.sourceId !== id || event.sourceDataType !== "metadata") return;
      gl.off("sourcedata", hear);
      resolve();
    };
    gl.on("sourcedata", hear);
    source.setTiles([tilesOf(id)]);
  });
}

/**
 * Show and hide as the view says.
 * @param {GlMap} gl
 */
export function applyShown(gl) {
  for (const { id, layers } of LAYERS) {
    const visibility = isShown(id) ? "visible" : "none";
    for (const layer of layers) if (gl.getLayer(layer)) gl.setLayoutProperty(layer, "visibility", visibility);
  }
}

/** @param {string} id */
function isSeen(id) {
  return groups().some((group) => group.id === id);
}

/** @param {string} id */
function tilesOf(id) {
  const filters = new URLSearchParams(view.selection()).toString();
  return `${location.origin}/v1/tiles/${id}/{z}/{x}/{y}.mvt${filters ? `?${filters}` : ""}`;
}

/** @param {GlMap} gl */
function addAreas(gl) {
  const of = /** @type {const} */ ({ source: "areas", "source-layer": "areas" });
  const excluded = /** @type {any} */ (["==", ["get", "class"], "exclusion"]);
  const planned = /** @type {any} */ (["==", ["get", "class"], "pre-build"]);
  gl.addLayer({ id: "area-fill", type: "fill", ...of, filter: ["!", excluded], paint: { "fill-antialias": false, "fill-opacity": ["interpolate", ["linear"], ["zoom"], 8, 0.3, 14, 0.14] } }, "at-areas");
  gl.addLayer({ id: "area-hatch", type: "fill", ...of, filter: excluded, paint: { "fill-pattern": "hatch" } }, "at-areas");
  const width = /** @type {any} */ (["interpolate", ["linear"], ["zoom"], 8, 0.6, 14, 1.6, 17, 2.2]);
  gl.addLayer({ id: "area-line", type: "line", ...of, minzoom: OUTLINED_FROM, filter: ["!", planned], layout: { "line-join": "round" }, paint: { "line-width": width } }, "at-areas");
  gl.addLayer({ id: "area-line-dashed", type: "line", ...of, minzoom: OUTLINED_FROM, filter: planned, paint: { "line-width": width, "line-dasharray": [4, 2.2] } }, "at-areas");
  gl.addLayer(
    {
      id: "area-names",
      type: "symbol",
      ...of,
      minzoom: 12.5,
      layout: { "text-field": ["get", "label"], "text-font": LABEL_FONT, "text-size": 11.5, "text-max-width": 9, "text-padding": 8 },
    },
    "at-top",
  );
}

/** @param {GlMap} gl */
function addNetwork(gl) {
  const of = /** @type {const} */ ({ source: "network", "source-layer": "network" });
  gl.addLayer({ id: "route-line", type: "line", ...of, filter: IS_LINE, minzoom: 10, layout: { "line-cap": "round" }, paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 16, 2], "line-opacity": 0.75 } }, "at-network");
  gl.addLayer(
    {
      id: "network-points",
      type: "circle",
      ...of,
      filter: IS_POINT,
      minzoom: 12,
      paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 1.8, 15, 3.2, 18, 5.5], "circle-stroke-width": 1.2 },
    },
    "at-network",
  );
  gl.addLayer(
    {
      id: "network-names",
      type: "symbol",
      ...of,
      filter: IS_POINT,
      minzoom: 16.5,
      layout: { "text-field": ["get", "name"], "text-font": LABEL_FONT, "text-size": 10.5, "text-anchor": "left", "text-offset": [0.8, 0] },
    },
    "at-top",
  );
}

/** @param {GlMap} gl */
function addDemand(gl) {
  const radius = /** @type {any} */ (["interpolate", ["linear"], ["sqrt", ["get", "count"]], 1, 5, 10, 16, 40, 34]);
  gl.addLayer({ id: "demand", type: "circle", source: "demand", "source-layer": "demand", paint: { "circle-radius": radius, "circle-blur": 0.35, "circle-opacity": 0.45 } }, "at-network");
}

/** @param {GlMap} gl */
function addAddresses(gl) {
  const of = /** @type {const} */ ({ source: "addresses", "source-layer": "addresses" });
  const radius = /** @type {any} */ (["interpolate", ["linear"], ["log10", ["get", "count"]], 0.3, 3.2, 1, 6, 2, 10, 3, 15, 4, 20]);
  const size = /** @type {any} */ (["interpolate", ["linear"], ["zoom"], 9, 0.32, 13, 0.45, 15, 0.62, 18, 1]);
  gl.addLayer(
    {
      id: "address-groups",
      type: "circle",
      ...of,
      filter: GROUPED,
      paint: { "circle-radius": radius, "circle-opacity": 0.88, "circle-stroke-width": 1.2 },
    },
    "at-addresses",
  );
  gl.addLayer(
    {
      id: "address-group-counts",
      type: "symbol",
      ...of,
      filter: ["all", GROUPED, [">=", ["get", "count"], 8]],
      layout: {
        "text-field": ["case", [">=", ["get", "count"], 10_000], ["concat", ["to-string", ["round", ["/", ["get", "count"], 1_000]]], "k"], ["to-string", ["get", "count"]]],
        "text-font": LABEL_FONT,
        "text-size": ["interpolate", ["linear"], ["log10", ["get", "count"]], 1, 9.5, 3, 11.5],
        "symbol-sort-key": ["-", ["get", "count"]],
        "text-padding": 0,
      },
    },
    "at-addresses",
  );
  const overlapping = /** @type {const} */ ({ "icon-allow-overlap": true, "icon-ignore-placement": true, "icon-size": size });
  gl.addLayer({ id: "address-points", type: "symbol", ...of, filter: SINGLE, layout: { ...overlapping, "icon-image": ["concat", "class-", ["get", "class"]] } }, "at-addresses");
  const beside = { ...overlapping, "icon-offset": /** @type {[number, number]} */ ([11, -9]) };
  gl.addLayer({ id: "address-flags", type: "symbol", ...of, minzoom: 14, filter: ["==", ["get", "flagged"], true], layout: { ...beside, "icon-image": "mark-flag" } }, "at-addresses");
  gl.addLayer({ id: "address-holds", type: "symbol", ...of, minzoom: 14, filter: ["==", ["get", "held"], true], layout: { ...beside, "icon-image": "mark-hold" } }, "at-addresses");
}

/**
 * Give the plan the colours of the theme.
 * @param {GlMap} gl
 */
export function paintPlan(gl) {
  addPictures(gl);
  const halo = colour("map-halo");
  const lines = byClass("-line", "map-exclusion");
  const paints = /** @type {Record<string, Record<string, any>>} */ ({
    "area-fill": { "fill-color": byClass("") },
    "area-line": { "line-color": lines },
    "area-line-dashed": { "line-color": lines },
    "area-names": { "text-color": colour("ink-2"), "text-halo-color": halo, "text-halo-width": 1.4 },
    "route-line": { "line-color": colour("map-network") },
    "network-points": { "circle-color": colour("map-network"), "circle-stroke-color": halo },
    "network-names": { "text-color": colour("ink-2"), "text-halo-color": halo, "text-halo-width": 1.3 },
    demand: { "circle-color": colour("map-gap") },
    "address-groups": { "circle-color": byClass("-ground"), "circle-stroke-color": lines },
    "address-group-counts": { "text-color": byClass("-ink") },
  });
  for (const [layer, paint] of Object.entries(paints)) {
    if (!gl.getLayer(layer)) continue;
    for (const [name, value] of Object.entries(paint)) gl.setPaintProperty(layer, /** @type {any} */ (name), value);
  }
}

/**
 * Return the expression of a colour by class.
 * @param {string} part of the custom property's name behind the class's
 * @param {string} [exclusion] the name of the colour of exclusions
 */
function byClass(part, exclusion = "class-out-line") {
  const unknown = CLASSES[CLASSES.length - 1];
  const known = CLASSES.slice(0, -1).flatMap(({ id, look }) => [id, colour(look + part)]);
  return ["match", ["get", "class"], ...known, "exclusion", colour(exclusion), colour(unknown.look + part)];
}
