/** Line icons on a grid of 20 by 20, drawn for this application. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} */
const PATHS = {
  add: "M10 4v12M4 10h12",
  address: "M10 17s5-5 5-9a5 5 0 0 0-10 0c0 4 5 9 5 9ZM10 9.6a1.6 1.6 0 1 0 0-3.2 1.6 1.6 0 0 0 0 3.2Z",
  areas: "M4 6.5 11 3l5 4.5-1.5 7.5L6 17ZM4 6.5 6 17",
  back: "M12 4 6 10l6 6",
  bell: "M5 14V9a5 5 0 0 1 10 0v5l1 1H4ZM8.5 17.5h3",
  bring: "M10 3v9M6.5 8.5 10 12l3.5-3.5M4 13v3h12v-3",
  building: "M5 17V4h7v13M12 8h4v9M3 17h14M7.5 7h2M7.5 10h2M7.5 13h2",
  bulk: "M3 5.5 4.5 7 7 4.5M3 11.5 4.5 13 7 10.5M10 6h7M10 12h7",
  calendar: "M4 5h12v12H4ZM4 8.5h12M7 3v3M13 3v3",
  chart: "M4 16V4M4 16h12M7 13V9M10.5 13V6M14 13v-3",
  check: "M4 10.5 8 14.5 16 5.5",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4l2.5 2",
  close: "M5 5l10 10M15 5 5 15",
  compare: "M7 3v14M13 3v14M7 6H3v8h4M13 6h4v8h-4",
  copy: "M7 7h9v9H7ZM4 13V4h9",
  cut: "M6 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM6 17a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7.5 6.5 17 14M7.5 13.5 17 6",
  demand: "M10 3c.5 3 5 4.5 5 8.5a5 5 0 0 1-10 0C5 9 7 8 7 6c1.5.5 2 2 2 3 1-1.5 1.5-3.5 1-6Z",
  desk: "M4 11.5V10a6 6 0 0 1 12 0v1.5M4 10.5h2.5v4.5H5a1 1 0 0 1-1-1ZM16 10.5h-2.5v4.5H15a1 1 0 0 0 1-1ZM15 15c0 1.5-2 2-4 2",
  down: "M5 8l5 5 5-5",
  draw: "M4 16l1-4 8-8 3 3-8 8ZM11 6l3 3",
  export: "M10 12V3M6.5 6.5 10 3l3.5 3.5M4 12v4h12v-4",
  filter: "M3 4.5h14l-5.5 6.5v5l-3-1.5V11Z",
  gaps: "M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4M8 10h4",
  help: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM8 8a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.6M10 13.8v.1",
  history: "M4 10a6 6 0 1 0 2-4.5L4 7M4 3.5V7h3.5M10 7v3.2l2 1.3",
  hold: "M6 9V7a4 4 0 0 1 8 0v2M5 9h10v8H5ZM10 12v2",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9v4M10 6.5v.1",
  layers: "M10 3 3 7l7 4 7-4ZM3 10.5l7 4 7-4M3 13.5l7 4 7-4",
  list: "M7 5h10M7 10h10M7 15h10M3.5 5h.1M3.5 10h.1M3.5 15h.1",
  measure: "M3 13 13 3l4 4L7 17ZM6 10l1.5 1.5M9 7l1.5 1.5M12 4l1.5 1.5",
  moon: "M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5Z",
  more: "M5 10h.1M10 10h.1M15 10h.1",
  next: "M8 4l6 6-6 6",
  phases: "M3 5h6v3H3ZM7 10h7v3H7ZM11 15h6v3h-6Z",
  pin: "M10 17s5-5 5-9a5 5 0 0 0-10 0c0 4 5 9 5 9Z",
  print: "M6 8V3h8v5M6 14H3V8h14v6h-3M6 12h8v5H6Z",
  refresh: "M16 10a6 6 0 1 1-2-4.5L16 7M16 3.5V7h-3.5",
  review: "M4 4h12v9H9l-3.5 3v-3H4ZM7 8.5l2 2 4-4",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17",
  settings: "M10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.5 1.5M13.5 13.5 15 15M15 5l-1.5 1.5M6.5 13.5 5 15",
  shield: "M10 3l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V5Z",
  sources: "M10 7c3.3 0 6-.9 6-2s-2.7-2-6-2-6 .9-6 2 2.7 2 6 2ZM4 5v10c0 1.1 2.7 2 6 2s6-.9 6-2V5M4 10c0 1.1 2.7 2 6 2s6-.9 6-2",
  sun: "M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 2.5v1.5M10 16v1.5M2.5 10h1.5M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1",
  table: "M3 4h14v12H3ZM3 8h14M3 12h14M8 8v8",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6",
  undo: "M7 5 3.5 8.5 7 12M4 8.5h8a4 4 0 0 1 0 8H9",
  queue: "M4 5.5a1.5 1.5 0 1 0 3 0 1.5 1.5 0 0 0-3 0ZM4 14.5a1.5 1.5 0 1 0 3 0 1.5 1.5 0 0 0-3 0ZM10 5.5h7M10 14.5h7M5.5 9v2M10 10h5",
  redo: "M13 5l3.5 3.5L13 12M16 8.5H8a4 4 0 0 0 0 8h3",
  user: "M10 10a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 10 10ZM4 17c.5-3 3-4.5 6-4.5s5.5 1.5 6 4.5",
  users: "M7.5 10a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM2.5 16.5c.4-2.7 2.5-4 5-4s4.6 1.3 5 4M13 10a2.5 2.5 0 0 0 0-5M14.5 12.7c1.7.5 2.8 1.7 3 3.8",
  versions: "M6 4v12M6 8c4 0 8 0 8 4M6 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM6 17.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM14 15a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z",
  warning: "M10 3.5 17.5 16.5h-15ZM10 8.5v3.5M10 14.2v.1",
  whatif: "M7 3h6M8 3v5l-4.5 7.5A1 1 0 0 0 4.4 17h11.2a1 1 0 0 0 .9-1.5L12 8V3M6.5 12.5h7",
};

/**
 * Return an icon: decoration, hidden from screen readers. The control it stands in has a name of its own.
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const drawn = svg("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" });
  drawn.append(svg("path", { d: PATHS[name] ?? PATHS.info }));
  return /** @type {SVGSVGElement} */ (drawn);
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...Element} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}
