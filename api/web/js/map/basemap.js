/** The ground: states and counties of the US, from the server's own files, so that no other host is ever asked. */

import { colour } from "./colours.js";

/** @typedef {import("maplibre-gl").Map} GlMap */

const FONT = ["Inter", "Helvetica Neue", "Liberation Sans", "Arial", "sans-serif"];
export const LABEL_FONT = [FONT.join(", ")];
/** The places between which layers are put, from the ground up: each is an empty layer. */
export const PLACES = ["at-imagery", "at-outlines", "at-areas", "at-network", "at-addresses", "at-top"];

/** @returns {import("maplibre-gl").StyleSpecification} */
export function emptyStyle() {
  return {
    version: 8,
    sources: {},
    transition: { duration: 0, delay: 0 },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colour("map-ground") } },
      ...PLACES.map((id) => /** @type {const} */ ({ id, type: "background", layout: { visibility: "none" } })),
    ],
  };
}

/**
 * Add the outlines of states and counties: one source, read by the map's worker.
 * @param {GlMap} gl
 */
export function addOutlines(gl) {
  const assets = document.querySelector('meta[name="fibermap-assets"]')?.getAttribute("content") ?? "";
  gl.addSource("outlines", { type: "geojson", data: new URL(`${assets}/outlines.json`, location.href).href });
  /** @param {string} kind */
  const of = (kind) => ({ source: "outlines", filter: /** @type {any} */ (["==", ["get", "kind"], kind]) });
  gl.addLayer({ id: "counties", type: "line", ...of("county"), minzoom: 4.5, paint: { "line-width": 0.8 } }, "at-outlines");
  gl.addLayer({ id: "states", type: "line", ...of("state"), paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 3, 0.8, 8, 1.8] } }, "at-outlines");
  gl.addLayer(
    {
      id: "county-names",
      type: "symbol",
      ...of("name"),
      minzoom: 6.5,
      maxzoom: 11.5,
      layout: { "text-field": ["get", "name"], "text-font": LABEL_FONT, "text-size": 11.5, "text-letter-spacing": 0.04, "text-max-width": 8 },
    },
    "at-outlines",
  );
  paintOutlines(gl);
}

/**
 * Give the ground the colours of the theme.
 * @param {GlMap} gl
 */
export function paintOutlines(gl) {
  gl.setPaintProperty("ground", "background-color", colour("map-ground"));
  if (!gl.getLayer("states")) return;
  gl.setPaintProperty("counties", "line-color", colour("map-county"));
  gl.setPaintProperty("states", "line-color", colour("map-state"));
  gl.setPaintProperty("county-names", "text-color", colour("map-label"));
  gl.setPaintProperty("county-names", "text-halo-color", colour("map-halo"));
  gl.setPaintProperty("county-names", "text-halo-width", 1.2);
}
