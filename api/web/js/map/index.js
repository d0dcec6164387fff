/** The map. Everything that draws on it goes through here, so that it is settled when `body[data-map]` says idle. */

import * as maplibregl from "maplibre-gl";
import { theme } from "../core/theme.js";
import { units } from "../core/units.js";
import { view } from "../core/view.js";
import { addOutlines, emptyStyle, paintOutlines } from "./basemap.js";
import { draw } from "./draw.js";
import { applyImagery } from "./imagery.js";
import { answerClicks } from "./inspect.js";
import { addPlan, applyShown, isShown, paintPlan, reloadPlan, setShown } from "./layers.js";
import * as overlays from "./overlays.js";

/** @typedef {[west: number, south: number, east: number, north: number]} Bbox */

const COUNTRY = /** @type {Bbox} */ ([-124.8, 24.4, -66.9, 49.4]);
const FIRST_ZOOM = 15;
const FIT_PADDING = 56;
const MOVE_MS = 350;
const TAKEN_UP_MS = 700;
const NUDGE_MS = 1_000;
const FIRST_FRAMES_MS = 400;
let pending = 0;

maplibregl.prewarm(); // its worker is read while the page asks who is there

/** @type {Set<() => void>} */
const refreshed = new Set();
/** @type {(value: void) => void} */
let settleReady = () => {};

export const map = {
  /** MapLibre's map; use it only after `map.ready`. */
  gl: /** @type {maplibregl.Map} */ (/** @type {unknown} */ (null)),
  /** @type {Promise<void>} */
  ready: new Promise((resolve) => (settleReady = resolve)),

  /** Counts up with every change of the data that the page knows of. */
  version: 0,

  draw,

  /**
   * Draw features, or others in their place.
   * @param {string} id
   * @param {import("geojson").GeoJSON} features
   * @param {overlays.Look | (() => overlays.Look)} [look] a function where it has colours of the theme
   */
  showGeoJSON: (id, features, look) => overlays.show(map.gl, id, features, look),

  /**
   * Take features off the map.
   * @param {string} id
   */
  hide: (id) => overlays.hide(map.gl, id),

  /**
   * Show a place whole.
   * @param {Bbox} bbox
   * @param {{maxZoom?: number}} [options]
   */
  fit: (bbox, { maxZoom = 17.5 } = {}) => fit(map.gl, bbox, maxZoom, duration()),

  /**
   * Go to a point.
   * @param {number} lon
   * @param {number} lat
   * @param {number} [zoom] at least so near
   */
  go(lon, lat, zoom = 17) {
    map.gl.easeTo({ center: [lon, lat], zoom: Math.max(zoom, map.gl.getZoom()), duration: duration() });
  },

  /**
   * Take the next click's place; returns how to give up.
   * @param {(place: {lon: number, lat: number}) => void} chosen
   */
  pick(chosen) {
    const canvas = map.gl.getCanvas();
    let waits = true;
    const stop = () => {
      if (!waits) return;
      waits = false;
      canvas.classList.remove("picking");
      map.gl.off("click", take);
    };
    /** @param {maplibregl.MapMouseEvent} event */
    const take = (event) => {
      stop();
      chosen({ lon: event.lngLat.lng, lat: event.lngLat.lat });
    };
    canvas.classList.add("picking");
    map.gl.on("click", take);
    return stop;
  },

  /** Ask for everything anew after a change: at once, and again when the server's screens have surely taken it up. */
  refresh() {
    map.version += 1;
    markBusy();
    for (const work of refreshed) work();
    map.track(new Promise((resolve) => setTimeout(resolve, TAKEN_UP_MS))).then(() => {
      for (const work of refreshed) work();
    });
  },

  /**
   * Let the map count as busy until some work is done that changes what it shows.
   * @template T
   * @param {Promise<T>} work
   * @returns {Promise<T>}
   */
  track(work) {
    markBusy();
    pending += 1;
    return work.finally(() => {
      pending -= 1;
      map.gl.triggerRepaint();
    });
  },

  /**
   * What is in view.
   * @returns {Bbox}
   */
  bbox() {
    const bounds = map.gl.getBounds();
    const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    return [Math.max(west, -180), Math.max(south, -90), Math.min(east, 180), Math.min(north, 90)];
  },

  /**
   * Hear of changes of the data; returns how to stop.
   * @param {() => void} work
   */
  onRefresh(work) {
    refreshed.add(work);
    return () => refreshed.delete(work);
  },

  /**
   * Whether a group of layers is shown.
   * @param {string} id
   */
  isShown,

  /**
   * Show or hide a group of layers; the view keeps which are hidden.
   * @param {string} id
   * @param {boolean} on
   */
  setShown,
};

/** Draws seldom until all is there for the first time: each tile asks for a frame, which takes the time of the next tile. */
class PacedMap extends maplibregl.Map {
  #isThere = false;
  #drawnMs = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;

  /** @param {maplibregl.MapOptions} options */
  constructor(options) {
    super(options);
    this.on("render", () => (this.#drawnMs = performance.now()));
    this.once("idle", () => (this.#isThere = true));
  }

  triggerRepaint() {
    const isMade = #waiting in this; // a map asks for frames while it is being made
    if (!isMade) super.triggerRepaint();
    else if (this.#isThere || this.isMoving() || this.areTilesLoaded()) this.#draw();
    else this.#waiting ??= setTimeout(() => this.#draw(), this.#drawnMs + FIRST_FRAMES_MS - performance.now());
  }

  #draw() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    super.triggerRepaint();
  }
}

/**
 * Begin: put the map into an element.
 * @param {HTMLElement} container
 * @param {{imagery: import("./imagery.js").Imagery[]}} settings
 * @param {Bbox | null} first what to show, so that nothing is asked for, nor drawn, of places on the way; null stays
 *   where the address says, or sees the country
 */
export function startMap(container, { imagery }, first) {
  const gl = new PacedMap({
    container,
    style: emptyStyle(),
    attributionControl: false,
    fadeDuration: 0,
    dragRotate: false,
    pitchWithRotate: false,
    maxZoom: 20.5,
    ...(first ? { bounds: first, fitBoundsOptions: { padding: FIT_PADDING, maxZoom: FIRST_ZOOM } } : startPlace()),
  });
  map.gl = gl;
  gl.touchZoomRotate.disableRotation();
  gl.keyboard.disableRotation();
  gl.getCanvas().setAttribute("aria-label", "Map");
  gl.addControl(new maplibregl.NavigationControl({ showCompass: false }), "bottom-right");
  gl.addControl(new maplibregl.ScaleControl({ unit: units.system === "feet" ? "imperial" : "metric", maxWidth: 110 }), "bottom-left");
  gl.addControl(new maplibregl.AttributionControl({ compact: false }), "bottom-right");
  watchIdle(gl);
  keepPlace(gl);
  answerClicks(gl);
  gl.on("error", ({ error }) => console.error(`The map: ${error.message}`));
  gl.once("style.load", async () => {
    await applyImagery(gl, imagery);
    addOutlines(gl);
    addPlan(gl);
    follow(gl, imagery);
    settleReady();
  });
  return map;
}

/**
 * Keep up with the view, the theme and the data.
 * @param {maplibregl.Map} gl
 * @param {import("./imagery.js").Imagery[]} imagery
 */
function follow(gl, imagery) {
  map.onRefresh(() => void map.track(reloadPlan(gl)));
  view.on("layers", () => {
    applyShown(gl);
    map.track(Promise.resolve()); // until it is drawn so
  });
  view.on("imagery", () => applyImagery(gl, imagery));
  view.on("*", (_, name) => {
    if (name.startsWith("filter.")) map.track(reloadPlan(gl));
  });
  theme.on(() => {
    paintOutlines(gl);
    paintPlan(gl);
    overlays.repaint(gl);
  });
}

/**
 * @param {maplibregl.Map} gl
 * @param {Bbox} bbox
 * @param {number} maxZoom
 * @param {number} ms
 */
function fit(gl, [west, south, east, north], maxZoom, ms) {
  gl.fitBounds([west, south, east, north], { padding: FIT_PADDING, maxZoom, duration: ms });
}

function startPlace() {
  const [lat, lon, z] = ["lat", "lon", "z"].map((name) => Number.parseFloat(view.get(name) ?? ""));
  if ([lat, lon, z].every(Number.isFinite)) return { center: /** @type {[number, number]} */ ([lon, lat]), zoom: z };
  return { center: undefined, zoom: undefined, bounds: COUNTRY, fitBoundsOptions: { padding: 24 } };
}

/** @param {maplibregl.Map} gl */
function keepPlace(gl) {
  const note = () => {
    const { lat, lng } = gl.getCenter();
    view.set({ lat: lat.toFixed(5), lon: lng.toFixed(5), z: gl.getZoom().toFixed(2) }, { replace: true });
  };
  gl.on("moveend", note);
  gl.once("style.load", note);
  const follow = () => {
    const place = startPlace();
    if (!place.center || gl.isMoving()) return;
    const now = gl.getCenter();
    const same = Math.abs(now.lng - place.center[0]) < 2e-5 && Math.abs(now.lat - place.center[1]) < 2e-5;
    if (!same || Math.abs(gl.getZoom() - place.zoom) > 0.01) gl.jumpTo(place);
  };
  for (const name of ["lat", "lon", "z"]) view.on(name, follow);
}

function markBusy() {
  document.body.dataset.map = "busy";
}

/** @param {maplibregl.Map} gl */
function watchIdle(gl) {
  for (const event of /** @type {const} */ (["movestart", "dataloading", "zoomstart"])) gl.on(event, markBusy);
  gl.on("idle", async () => {
    await map.ready;
    if (pending === 0 && gl.loaded() && !gl.isMoving()) document.body.dataset.map = "idle";
  });
  // What came and changed nothing, a tile that failed for one, draws no frame, and so nothing would say that all is there.
  setInterval(() => document.body.dataset.map === "busy" && gl.triggerRepaint(), NUDGE_MS);
}

function duration() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : MOVE_MS;
}
