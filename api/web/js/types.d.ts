/** Shapes that the parts of the application share. */

import type { api } from "./core/api.js";
import type { view } from "./core/view.js";
import type { ui } from "./core/ui.js";
import type { keys } from "./core/keys.js";
import type { session } from "./core/session.js";
import type { units } from "./core/units.js";
import type { map } from "./map/index.js";

/** What a panel is given. */
export interface Ctx {
  api: typeof api;
  view: typeof view;
  map: typeof map;
  ui: typeof ui;
  keys: typeof keys;
  session: typeof session;
  units: typeof units;
  /** Do what a panel begins with; where that fails it is told in place of the panel. */
  begin(work: () => Promise<unknown>): void;
}

/** What a panel's module exports as `panel`. */
export interface Panel {
  id: string;
  title: string;
  icon: string;
  /** Who sees it: `suggest` (visitors too), `read`, `sell`, `plan`, `admin`. */
  scope: string;
  /** Where it stands in the rail. */
  group: "look" | "sell" | "plan" | "work" | "admin";
  /** The panel that leads to it, where it has no button of its own in the rail. */
  under?: string;
  /** Whether it takes more room than others. */
  wide?: boolean;
  /** Fill an element; returns how to leave, which may be at once. What has to be waited for is begun by `ctx.begin`. */
  mount(root: HTMLElement, ctx: Ctx): void | (() => void);
}

/** A panel's line in the registry: what is known of it before its module is loaded. */
export interface PanelEntry extends Omit<Panel, "mount"> {
  load(): Promise<{ panel: Panel }>;
}
