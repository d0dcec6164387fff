/** The words of the server as a planner says them. */

/** The classes, as the legend lists them. `look` is how the custom properties of their colours begin. */
export const CLASSES = [
  { id: "build", label: "Build", about: "Fiber is there today", look: "class-build", shape: "circle" },
  { id: "pre-build", label: "Pre-build", about: "Will be there once construction ends", look: "class-pre-build", shape: "triangle" },
  { id: "out-of-coverage", label: "Out of coverage", about: "In no area, or in one that excludes it", look: "class-out", shape: "cross" },
  { id: "unknown", label: "Unknown", about: "No usable position", look: "class-unknown", shape: "ring" },
];

/** @type {Record<string, string>} */
const SAID = {
  ...Object.fromEntries(CLASSES.map(({ id, label }) => [id, label])),
  exclusion: "Exclusion",
  fiber: "Fiber",
  fixed_wireless: "Fixed wireless",
  none: "Not connected",
};

/**
 * Return a word of the server's as a person reads it: `drop_over_limit` is "Drop over limit".
 * @param {string | null | undefined} word
 */
export function said(word) {
  if (!word) return "–";
  const known = SAID[word];
  if (known) return known;
  const spaced = word.replaceAll("_", " ");
  return /^[a-z]/.test(spaced) ? spaced[0].toUpperCase() + spaced.slice(1) : spaced;
}
