/** The panels, in the order of the rail. A panel is added by one line here and a module of its own. */

/** @type {import("../types.js").PanelEntry[]} */
export const PANELS = [
  { id: "layers", title: "Layers", icon: "layers", scope: "suggest", group: "look", load: () => import("./layers.js") },
  { id: "filters", title: "Filters", icon: "filter", scope: "read", group: "look", load: () => import("./filters.js") },
  { id: "card", title: "Address", icon: "address", scope: "read", group: "look", load: () => import("./card.js") },
  { id: "table", title: "Table", icon: "table", scope: "read", group: "look", wide: true, load: () => import("./table.js") },
  { id: "dashboards", title: "Dashboards", icon: "chart", scope: "read", group: "look", wide: true, load: () => import("./dashboards.js") },
  { id: "desk", title: "Desk", icon: "desk", scope: "sell", group: "sell", wide: true, load: () => import("./desk.js") },
  { id: "queues", title: "Queues", icon: "queue", scope: "sell", group: "sell", wide: true, load: () => import("./queues.js") },
  { id: "bring-in", title: "Bring in", icon: "bring", scope: "plan", group: "plan", wide: true, load: () => import("./bring_in.js") },
  { id: "versions", title: "Versions", icon: "versions", scope: "read", group: "plan", wide: true, load: () => import("./versions.js") },
  { id: "sources", title: "Sources", icon: "sources", scope: "read", group: "plan", load: () => import("./sources.js") },
  { id: "areas", title: "Areas", icon: "areas", scope: "read", group: "plan", load: () => import("./areas.js") },
  { id: "addresses", title: "Addresses", icon: "pin", scope: "read", group: "plan", load: () => import("./addresses.js") },
  { id: "bulk", title: "Bulk", icon: "bulk", scope: "plan", group: "plan", load: () => import("./bulk.js") },
  { id: "phases", title: "Phases", icon: "phases", scope: "read", group: "plan", wide: true, load: () => import("./phases.js") },
  { id: "holds", title: "Holds", icon: "hold", scope: "read", group: "plan", load: () => import("./holds.js") },
  { id: "review", title: "Review", icon: "review", scope: "plan", group: "plan", wide: true, load: () => import("./review.js") },
  { id: "whatif", title: "What if", icon: "whatif", scope: "read", group: "plan", load: () => import("./whatif.js") },
  { id: "gaps", title: "Gaps", icon: "gaps", scope: "read", group: "plan", load: () => import("./gaps.js") },
  { id: "demand", title: "Demand", icon: "demand", scope: "read", group: "plan", wide: true, load: () => import("./demand.js") },
  { id: "admin", title: "Admin", icon: "shield", scope: "admin", group: "admin", wide: true, load: () => import("./admin.js") },
  { id: "map-settings", title: "Map settings", icon: "settings", scope: "admin", group: "admin", under: "admin", load: () => import("./map-settings.js") },
  { id: "portal", title: "Portal", icon: "address", scope: "admin", group: "admin", under: "admin", load: () => import("./portal.js") },
  { id: "exports", title: "Exports", icon: "export", scope: "read", group: "work", load: () => import("./exports.js") },
];
