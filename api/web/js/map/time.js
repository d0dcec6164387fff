/** The map as it is expected to be on a day: what is expected later is faded. The tiles carry the dates, so none is fetched. */

/** @typedef {import("maplibre-gl").Map} GlMap */

const ADDRESSES = ["address-groups", "address-points"];
const FADED = 0.12;
/** @type {Record<string, [property: string, usual: any][]>} */
const PAINTS = {
  "address-groups": [["circle-opacity", 0.88], ["circle-stroke-opacity", 1]],
  "address-group-counts": [["text-opacity", 1]],
  "address-points": [["icon-opacity", 1]],
  "address-flags": [["icon-opacity", 1]],
  "address-holds": [["icon-opacity", 1]],
  "area-line": [["line-opacity", 1]],
  "area-line-dashed": [["line-opacity", 1]],
  "area-names": [["text-opacity", 1]],
};
const FILL = /** @type {const} */ ([8, 0.3, 14, 0.14]);

/**
 * Show the map as of a day; null: the plan as it is.
 * @param {GlMap} gl
 * @param {string | null} day
 */
export function paintDay(gl, day) {
  const there = day ? isThere(Number(day.replaceAll("-", ""))) : null;
  const faded = (/** @type {number} */ usual) => (there ? ["case", there, usual, usual * FADED] : usual);
  for (const [layer, paints] of Object.entries(PAINTS)) {
    if (!gl.getLayer(layer)) continue;
    for (const [property, usual] of paints) gl.setPaintProperty(layer, /** @type {any} */ (property), faded(usual));
  }
  const [far, atFar, near, atNear] = FILL;
  gl.setPaintProperty("area-fill", "fill-opacity", /** @type {any} */ (["interpolate", ["linear"], ["zoom"], far, faded(atFar), near, faded(atNear)]));
}

/**
 * Whether something is open, or expected by a day: dates are numbers such as 20270301 in the tiles.
 * @param {number} day
 * @returns {any}
 */
function isThere(day) {
  return ["any", ["==", ["get", "class"], "build"], ["all", ["==", ["get", "class"], "pre-build"], ["has", "expected"], ["<=", ["get", "expected"], day]]];
}

/**
 * Count the addresses in view: open now, expected by a day, and later or on no day.
 * @param {GlMap} gl
 * @param {string} day
 */
export function countDay(gl, day) {
  const by = Number(day.replaceAll("-", ""));
  const counts = { open: 0, by: 0, later: 0 };
  const layers = ADDRESSES.filter((layer) => gl.getLayer(layer));
  const bounds = gl.getBounds();
  for (const { properties, geometry } of gl.queryRenderedFeatures({ layers })) {
    // A group at the edge is drawn in view and may lie beyond it.
    if (geometry.type !== "Point" || !bounds.contains(/** @type {[number, number]} */ (geometry.coordinates))) continue;
    const { class: known, count, expected } = properties;
    if (known === "build") counts.open += count;
    else if (known === "pre-build") counts[expected && expected <= by ? "by" : "later"] += count;
  }
  return counts;
}
