/** The panels, in the order of the rail. A panel is added by one line here and a module of its own. */

/** @type {import("../types.js").PanelEntry[]} */
export const PANELS = [
  { id: "layers", title: "Layers", icon: "layers", scope: "suggest", group: "look", load: () => import("./layers.js") },
  { id: "areas", title: "Areas", icon: "areas", scope: "read", group: "plan", load: () => import("./areas.js") },
  { id: "whatif", title: "What if", icon: "whatif", scope: "read", group: "plan", load: () => import("./whatif.js") },
  { id: "gaps", title: "Gaps", icon: "gaps", scope: "read", group: "plan", load: () => import("./gaps.js") },
];
