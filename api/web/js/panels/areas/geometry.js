/** Shapes while they are drawn: corners as text, and snapping to the edges of areas that are there. */

/** @typedef {[number, number]} Place longitude, latitude */

const DIGITS = 7;
const PIXELS = 10;

/** Zoom below which areas are too small to be seen. */
export const FAR = 7;

/**
 * Write a polygon's corners, one a line: latitude, longitude. An empty line begins a hole; `---` begins another part.
 * @param {any} geometry
 */
export function cornersOf(geometry) {
  return partsOf(geometry)
    .map((rings) => rings.map((ring) => ring.slice(0, -1).map(([lon, lat]) => `${lat.toFixed(DIGITS)}, ${lon.toFixed(DIGITS)}`).join("\n")).join("\n\n"))
    .join("\n---\n");
}

/**
 * Read what `cornersOf` writes; throws where a line is no place.
 * @param {string} text
 * @returns {any}
 */
export function readCorners(text) {
  const parts = text.split(/^---$/m).map((part) => part.trim().split(/\n\s*\n/).map(readRing));
  return parts.length === 1 ? { type: "Polygon", coordinates: parts[0] } : { type: "MultiPolygon", coordinates: parts };
}

/**
 * Read the places of a line, one a line of text.
 * @param {string} text
 * @returns {any}
 */
export function readLine(text) {
  const coordinates = readPlaces(text);
  if (coordinates.length < 2) throw new Error("A line has two places at least.");
  return { type: "LineString", coordinates };
}

/**
 * Read places, one a line of text.
 * @param {string} text
 */
export function readPlaces(text) {
  return text.trim().split("\n").map(readPlace);
}

/** @param {string} text */
function readRing(text) {
  const ring = readPlaces(text);
  if (ring.length < 3) throw new Error("An area has three corners at least.");
  return [...ring, ring[0]];
}

/**
 * @param {string} line
 * @returns {Place}
 */
function readPlace(line) {
  const [lat, lon] = line.split(/[,;\s]+/).filter(Boolean).map(Number);
  if (!Number.isFinite(lat) || !Number.isFinite(lon)) throw new Error(`"${line.trim().slice(0, 40)}" is no place: write latitude, longitude.`);
  return [lon, lat];
}

/**
 * @param {any} geometry
 * @returns {Place[][][]}
 */
export function partsOf(geometry) {
  return geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
}

/**
 * Move the corners of a polygon onto edges and corners of areas that are within some pixels.
 * @param {any} geometry
 * @param {any[]} areas features
 * @param {import("maplibre-gl").Map} gl
 * @returns {any}
 */
export function snapped(geometry, areas, gl) {
  const edges = areas.flatMap((area) => partsOf(area.geometry)).flat();
  /** @param {Place} place */
  const snap = (place) => nearest(place, edges, gl) ?? place;
  if (geometry.type !== "Polygon") return geometry;
  const coordinates = geometry.coordinates.map((/** @type {Place[]} */ ring) => {
    const moved = ring.slice(0, -1).map(snap);
    return [...moved, moved[0]];
  });
  return { ...geometry, coordinates };
}

/**
 * @param {Place} place
 * @param {Place[][]} rings
 * @param {import("maplibre-gl").Map} gl
 * @returns {Place | null}
 */
function nearest(place, rings, gl) {
  const here = gl.project(place);
  let best = null;
  let least = PIXELS;
  for (const ring of rings) {
    for (let index = 0; index + 1 < ring.length; index += 1) {
      const [one, other] = [ring[index], ring[index + 1]];
      const [from, to] = [gl.project(one), gl.project(other)];
      const share = shareAlong(here, from, to);
      const apart = Math.hypot(from.x + share * (to.x - from.x) - here.x, from.y + share * (to.y - from.y) - here.y);
      if (apart >= least) continue;
      least = apart;
      best = /** @type {Place} */ (share < 0.02 ? one : share > 0.98 ? other : [one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])]);
    }
  }
  return best;
}

/**
 * @param {{x: number, y: number}} place
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} to
 */
function shareAlong(place, from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  return length ? Math.min(1, Math.max(0, ((place.x - from.x) * dx + (place.y - from.y) * dy) / length)) : 0;
}

/**
 * The rectangle around features that have one each.
 * @param {any[]} features
 * @returns {[number, number, number, number]}
 */
export function boxAround(features) {
  const sides = [0, 1, 2, 3].map((side) => features.map(({ bbox }) => bbox[side]));
  return [Math.min(...sides[0]), Math.min(...sides[1]), Math.max(...sides[2]), Math.max(...sides[3])];
}
