/** A shape that one panel hands to the what-if panel, once. */

/** @type {any} */
let waiting = null;

/** @param {any} geometry */
export function handProposal(geometry) {
  waiting = geometry;
}

/** @returns {any} */
export function takeProposal() {
  const given = waiting;
  waiting = null;
  return given;
}
