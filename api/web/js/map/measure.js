/** Distances and areas as they are on the earth, for the measuring tool. */

const RADIUS_M = 6_371_008.8;
const rad = (/** @type {number} */ degrees) => (degrees * Math.PI) / 180;

/** @typedef {[lon: number, lat: number]} Place */

/**
 * The length of a line, metres.
 * @param {Place[]} line
 */
export function lengthOf(line) {
  return line.slice(1).reduce((sum, place, index) => sum + between(line[index], place), 0);
}

/**
 * Metres between two places, on an ellipsoid of the local radii: within a thousandth over a county.
 * @param {Place} a
 * @param {Place} b
 */
function between([lon1, lat1], [lon2, lat2]) {
  const middle = rad((lat1 + lat2) / 2);
  const c = Math.cos(middle);
  const k1 = 111_132.09 - 566.05 * Math.cos(2 * middle) + 1.2 * Math.cos(4 * middle);
  const k2 = 111_415.13 * c - 94.55 * Math.cos(3 * middle) + 0.12 * Math.cos(5 * middle);
  if (Math.abs(lat1 - lat2) < 3 && Math.abs(lon1 - lon2) < 3) return Math.hypot((lat2 - lat1) * k1, (lon2 - lon1) * k2);
  const half = Math.sin(rad(lat2 - lat1) / 2) ** 2 + Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.sin(rad(lon2 - lon1) / 2) ** 2;
  return 2 * RADIUS_M * Math.asin(Math.min(1, Math.sqrt(half)));
}

/**
 * The area within a ring, square metres.
 * @param {Place[]} ring
 */
export function areaOf(ring) {
  let sum = 0;
  ring.forEach(([lon, lat], index) => {
    const [nextLon, nextLat] = ring[(index + 1) % ring.length];
    sum += rad(nextLon - lon) * (2 + Math.sin(rad(lat)) + Math.sin(rad(nextLat)));
  });
  return Math.abs((sum * RADIUS_M * RADIUS_M) / 2);
}
