/** The panels, in the order of the rail. A panel is added by one line here and a module of its own. */

/** @type {import("../types.js").PanelEntry[]} */
export const PANELS = [
  { id: "layers", title: "Layers", icon: "layers", scope: "suggest", group: "look", load: () => import("./layers.js") },
];
