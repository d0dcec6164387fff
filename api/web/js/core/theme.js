/** Light or dark: as the system has it, until a person chooses. */

import { view } from "./view.js";

const KEPT = "fibermap.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
/** @type {Set<(theme: string) => void>} */
const listeners = new Set();

export const theme = {
  /** @returns {"light" | "dark"} */
  get current() {
    const chosen = view.get("theme") ?? localStorage.getItem(KEPT);
    if (chosen === "light" || chosen === "dark") return chosen;
    return system.matches ? "dark" : "light";
  },

  /** Change to the other one. */
  toggle() {
    const other = theme.current === "dark" ? "light" : "dark";
    localStorage.setItem(KEPT, other);
    if (view.get("theme")) view.set({ theme: other }, { replace: true });
    apply();
  },

  /**
   * Hear of changes.
   * @param {(theme: string) => void} listener
   */
  on: (listener) => listeners.add(listener),
};

function apply() {
  const now = theme.current;
  if (document.documentElement.dataset.theme === now) return;
  document.documentElement.dataset.theme = now;
  const surface = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", surface);
  for (const listener of listeners) listener(now);
}

system.addEventListener("change", apply);
view.on("theme", apply);
apply();
