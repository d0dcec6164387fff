/** Only if it is still wanted: the one way in which an answer that arrives late changes nothing any more. */

/** @typedef {import("../types.js").Ctx} Ctx */

/**
 * The turns of one thing that is asked for again and again: what is asked in a turn is wanted until the next one begins,
 * or until they end. The signal of a turn goes with what is read, `api.get(path, params, { signal })`, which then rejects;
 * after any other wait `if (signal.aborted) return` says the same.
 */
export function makeTurns() {
  let turn = new AbortController();
  return {
    /** Begin a turn: nothing that was asked before is wanted now. */
    next() {
      turn.abort();
      turn = new AbortController();
      return turn.signal;
    },
    /** Want nothing any more. */
    end: () => turn.abort(),
  };
}

/**
 * What a panel, or a part of one, is given: it works for as long as the part is shown. Afterwards nothing that was read
 * arrives, and nothing moves the view, the map or what is drawn on it, which are somebody else's by then. What was sent to
 * be changed goes on.
 *
 * @template {Pick<Ctx, "api" | "map" | "view">} T
 * @param {T} ctx
 * @param {AbortSignal} signal
 * @returns {T}
 */
export function whileShown(ctx, signal) {
  const { api, map, view } = ctx;
  const still = (/** @type {(...given: any[]) => any} */ work) => (/** @type {any[]} */ ...given) => (signal.aborted ? undefined : work(...given));
  const until = (/** @type {import("./api.js").Options} */ options = {}) => ({ ...options, signal: options.signal ? AbortSignal.any([signal, options.signal]) : signal });

  /** @param {(place: {lon: number, lat: number}) => void} chosen */
  function pick(chosen) {
    const stop = map.pick(chosen);
    signal.addEventListener("abort", stop, { once: true });
    return stop;
  }

  /** @type {Partial<Ctx["map"]>} */
  const drawing = {
    draw: { ...map.draw, start: still(map.draw.start), stop: still(map.draw.stop) },
    showGeoJSON: still(map.showGeoJSON),
    fit: still(map.fit),
    go: still(map.go),
    pick: /** @type {any} */ (still(pick)),
  };
  return {
    ...ctx,
    api: {
      ...api,
      get: (/** @type {string} */ path, /** @type {any} */ params, /** @type {any} */ options) => api.get(path, params, until(options)),
      wait: (/** @type {string} */ path, /** @type {any} */ options) => api.wait(path, until(options)),
    },
    view: { ...view, set: still(view.set) },
    map: Object.assign(Object.create(map), drawing), // whatever else the map has and gets
  };
}

/**
 * Whether something only did not arrive because it is not wanted any more.
 * @param {unknown} problem
 */
export const isLetGo = (problem) => problem instanceof DOMException && problem.name === "AbortError";

/** Take that for no failure, wherever it ends. */
export function letGo() {
  addEventListener("unhandledrejection", (event) => isLetGo(event.reason) && event.preventDefault());
}
