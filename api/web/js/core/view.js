/** The whole view, kept in the address: what is copied from the address bar shows the same to somebody else. */

/** @typedef {(value: string | null, name: string) => void} Listener */

const FILTER = "filter.";
/** @type {Map<string, string>} */
let state = read();
/** @type {Map<string, Set<Listener>>} */
const listeners = new Map();

function read() {
  const found = new Map(new URLSearchParams(location.hash.slice(1)));
  found.delete("sign-in"); // a token that leads in once is no part of a view
  return found;
}

function write() {
  const params = new URLSearchParams();
  for (const name of [...state.keys()].sort(inOrder)) params.set(name, /** @type {string} */ (state.get(name)));
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text ? `#${text}` : location.pathname + location.search;
}

const FIRST = ["lat", "lon", "z", "panel", "item"];

/**
 * The place first, then what is open, then the rest by name.
 * @param {string} a
 * @param {string} b
 */
function inOrder(a, b) {
  const [left, right] = [FIRST.indexOf(a), FIRST.indexOf(b)];
  if (left >= 0 || right >= 0) return (left < 0 ? FIRST.length : left) - (right < 0 ? FIRST.length : right);
  return a < b ? -1 : 1;
}

/** @param {Iterable<string>} names */
function tell(names) {
  for (const name of names) {
    const value = view.get(name);
    for (const listener of [...(listeners.get(name) ?? []), ...(listeners.get("*") ?? [])]) listener(value, name);
  }
}

export const view = {
  /**
   * @param {string} name
   * @returns {string | null}
   */
  get: (name) => state.get(name) ?? null,

  /**
   * Change some names; null and "" remove one. Steps a person took can be gone back over, movements cannot.
   * @param {Record<string, string | number | null | undefined>} changes
   * @param {{replace?: boolean}} [options]
   */
  set(changes, { replace = false } = {}) {
    const changed = [];
    for (const [name, value] of Object.entries(changes)) {
      const text = value === null || value === undefined || value === "" ? null : String(value);
      if (text === view.get(name)) continue;
      if (text === null) state.delete(name);
      else state.set(name, text);
      changed.push(name);
    }
    if (!changed.length) return;
    history[replace ? "replaceState" : "pushState"](null, "", write());
    tell(changed);
  },

  /**
   * Hear of changes of one name, or of all as `*`; returns how to stop.
   * @param {string} name
   * @param {Listener} listener
   */
  on(name, listener) {
    const those = listeners.get(name) ?? new Set();
    listeners.set(name, those.add(listener));
    return () => those.delete(listener);
  },

  /**
   * The filters as a query of the shared selection language: `{class: "build,pre-build"}`.
   * @returns {Record<string, string>}
   */
  selection() {
    const chosen = [...state].filter(([name]) => name.startsWith(FILTER));
    return Object.fromEntries(chosen.map(([name, value]) => [name.slice(FILTER.length), value]));
  },
};

addEventListener("popstate", takeUp);
addEventListener("hashchange", takeUp);

function takeUp() {
  const before = state;
  state = read();
  const names = new Set([...before.keys(), ...state.keys()]);
  tell([...names].filter((name) => before.get(name) !== state.get(name)));
}
