/** Pictures of the ground that the operator has set: tiles one by one, or pieces of one PMTiles file. */

import { addProtocol } from "maplibre-gl";
import { view } from "../core/view.js";
import { makeTurns } from "../core/wanted.js";

/**
 * @typedef {object} Imagery
 * @property {string} title
 * @property {"xyz" | "pmtiles"} kind
 * @property {string} url
 * @property {string} attribution
 * @property {number} most_zoom
 * @property {number} tile_px
 */

const ID = "imagery";
const turns = makeTurns();
let canReadFiles = false;

/**
 * Show the imagery that the view names, or none.
 * @param {import("maplibre-gl").Map} gl
 * @param {Imagery[]} all
 */
export async function applyImagery(gl, all) {
  const signal = turns.next();
  if (gl.getLayer(ID)) gl.removeLayer(ID);
  if (gl.getSource(ID)) gl.removeSource(ID);
  const chosen = all.find(({ title }) => title === view.get("imagery"));
  if (!chosen) return;
  const shared = /** @type {const} */ ({ type: "raster", tileSize: chosen.tile_px, maxzoom: chosen.most_zoom });
  const url = new URL(chosen.url.replaceAll("{", "%7B").replaceAll("}", "%7D"), location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}");
  const attribution = escaped(chosen.attribution);
  if (chosen.kind === "pmtiles") {
    await readFiles();
    if (signal.aborted) return;
    gl.addSource(ID, { ...shared, url: `pmtiles://${url}`, attribution });
  } else {
    gl.addSource(ID, { ...shared, tiles: [url], attribution });
  }
  gl.addLayer({ id: ID, type: "raster", source: ID, paint: { "raster-fade-duration": 0 } }, "at-imagery");
}

async function readFiles() {
  if (canReadFiles) return;
  const { Protocol } = await import("pmtiles");
  addProtocol("pmtiles", new Protocol().tile);
  canReadFiles = true;
}

/**
 * MapLibre takes attributions as markup: what an administrator typed stays text.
 * @param {string} text
 */
function escaped(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
