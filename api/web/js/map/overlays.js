/** Features that panels draw for a while: what was found, what would change, what is being compared. */

import { LABEL_FONT } from "./basemap.js";
import { colour } from "./colours.js";

/**
 * How features look. A part that is left out is drawn in the colour of marks; null leaves that part away.
 * @typedef {object} Look
 * @property {Record<string, any> | null} [fill] paint of areas
 * @property {Record<string, any> | null} [line] paint of outlines and lines
 * @property {Record<string, any> | null} [circle] paint of points
 * @property {any} [label] an expression, or the name of a property
 * @property {string} [place] above what it lies, one of `PLACES`
 * @property {(feature: import("maplibre-gl").MapGeoJSONFeature, event: import("maplibre-gl").MapMouseEvent) => void} [onClick]
 *
 * @typedef {import("maplibre-gl").Map} GlMap
 */

/** @type {Map<string, () => void>} */
const listening = new Map();
/** @type {Map<string, {features: import("geojson").GeoJSON, look: Look | (() => Look)}>} */
const shown = new Map();

/**
 * Draw features, or others in their place. A look that has colours of the theme is a function, to be asked again.
 * @param {GlMap} gl
 * @param {string} id
 * @param {import("geojson").GeoJSON} features
 * @param {Look | (() => Look)} [given]
 */
export function show(gl, id, features, given = {}) {
  hide(gl, id);
  shown.set(id, { features, look: given });
  const look = typeof given === "function" ? given() : given;
  gl.addSource(id, { type: "geojson", data: features, promoteId: "id" });
  const mark = colour("map-mark");
  const place = look.place ?? "at-top";
  if (look.fill !== null) {
    const paint = { "fill-color": mark, "fill-opacity": 0.14, ...look.fill };
    gl.addLayer({ id: `${id}-fill`, type: "fill", source: id, filter: isA("Polygon"), paint }, place);
  }
  if (look.line !== null) {
    const paint = { "line-color": mark, "line-width": 2, ...look.line };
    gl.addLayer({ id: `${id}-line`, type: "line", source: id, filter: ["!", isA("Point")], paint }, place);
  }
  if (look.circle !== null) {
    const paint = { "circle-color": mark, "circle-radius": 5, "circle-stroke-color": colour("map-halo"), "circle-stroke-width": 1.5, ...look.circle };
    gl.addLayer({ id: `${id}-circle`, type: "circle", source: id, filter: isA("Point"), paint }, place);
  }
  if (look.label) addLabel(gl, id, look.label, place);
  if (look.onClick) listen(gl, id, look.onClick);
}

/**
 * @param {GlMap} gl
 * @param {string} id
 */
export function hide(gl, id) {
  shown.delete(id);
  listening.get(id)?.();
  listening.delete(id);
  for (const part of parts(id)) if (gl.getLayer(part)) gl.removeLayer(part);
  if (gl.getSource(id)) gl.removeSource(id);
}

/**
 * Give everything that is drawn the colours of the theme, in the same order.
 * @param {GlMap} gl
 */
export function repaint(gl) {
  for (const [id, { features, look }] of [...shown]) show(gl, id, features, look);
}

/** @param {string} id */
function parts(id) {
  return ["fill", "line", "circle", "label"].map((part) => `${id}-${part}`);
}

/**
 * @param {GlMap} gl
 * @param {string} id
 * @param {any} label
 * @param {string} place
 */
function addLabel(gl, id, label, place) {
  gl.addLayer(
    {
      id: `${id}-label`,
      type: "symbol",
      source: id,
      layout: { "text-field": typeof label === "string" ? ["get", label] : label, "text-font": LABEL_FONT, "text-size": 12 },
      paint: { "text-color": colour("ink"), "text-halo-color": colour("map-halo"), "text-halo-width": 1.5 },
    },
    place,
  );
}

/**
 * @param {GlMap} gl
 * @param {string} id
 * @param {NonNullable<Look["onClick"]>} onClick
 */
function listen(gl, id, onClick) {
  /** @param {import("maplibre-gl").MapMouseEvent} event */
  const click = (event) => {
    const layers = parts(id).filter((part) => gl.getLayer(part));
    const [found] = gl.queryRenderedFeatures(event.point, { layers });
    if (found) onClick(found, event);
  };
  gl.on("click", click);
  listening.set(id, () => gl.off("click", click));
}

/**
 * @param {"Point" | "Polygon"} kind
 * @returns {any}
 */
function isA(kind) {
  return ["match", ["geometry-type"], [kind, `Multi${kind}`], true, false];
}
