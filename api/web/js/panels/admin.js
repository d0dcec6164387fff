/** Administration: people, keys, settings, who changed what, events and backups, a tab each. */

import { audit } from "./admin/audit.js";
import { backups } from "./admin/backups.js";
import { events } from "./admin/events.js";
import { keys } from "./admin/keys.js";
import { people } from "./admin/people.js";
import { settings } from "./admin/settings.js";
import { makeTurns, whileShown } from "../core/wanted.js";

const TABS = [
  { id: "people", label: "People", fill: people },
  { id: "keys", label: "Keys", fill: keys },
  { id: "settings", label: "Settings", fill: settings },
  { id: "audit", label: "Audit log", fill: audit },
  { id: "events", label: "Events", fill: events },
  { id: "backups", label: "Backups", fill: backups },
];

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "admin",
  title: "Admin",
  icon: "shield",
  scope: "admin",
  group: "admin",
  wide: true,
  mount(root, ctx) {
    let leave = () => {};
    const turns = makeTurns();
    const asked = ctx.view.get("item");
    const all = TABS.map(({ id, label, fill }) => ({
      id,
      label,
      content() {
        leave();
        const place = document.createElement("div");
        place.className = "stack";
        leave = fill(place, whileShown(ctx, turns.next())) ?? (() => {});
        return place;
      },
    }));
    const chosen = TABS.some(({ id }) => id === asked) ? /** @type {string} */ (asked) : TABS[0].id;
    root.append(
      ctx.ui.tabs(all, { chosen, label: "What to administer", onChange: (id) => ctx.view.set({ item: id }, { replace: true }) }),
    );
    return () => (turns.end(), leave());
  },
};
