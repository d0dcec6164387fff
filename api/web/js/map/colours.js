/** The map's colours, from the same custom properties as the rest of the page. */

/**
 * Return the value of a custom property in the current theme.
 * @param {string} name without the dashes
 * @returns {string}
 */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
