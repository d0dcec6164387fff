/** The map. Everything that draws on it goes through here, so that it is settled when `body[data-map]` says idle. */

import * as maplibregl from "maplibre-gl";
import { theme } from "../core/theme.js";
import { units } from "../core/units.js";
import { view } from "../core/view.js";
import { addOutlines, emptyStyle, paintOutlines } from "./basemap.js";
import { draw } from "./draw.js";
import * as overlays from "./overlays.js";

/** @typedef {[west: number, south: number, east: number, north: number]} Bbox */

const COUNTRY = /** @type {Bbox} */ ([-124.8, 24.4, -66.9, 49.4]);
const MOVE_MS = 350;

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
   * @param {overlays.Look} [look]
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
  fit(bbox, { maxZoom = 17.5 } = {}) {
    const [west, south, east, north] = bbox;
    map.gl.fitBounds([west, south, east, north], { padding: 56, maxZoom, duration: duration() });
  },

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
    const stop = () => {
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

  /** Ask for everything anew after a change. */
  refresh() {
    map.version += 1;
    markBusy();
    for (const work of refreshed) work();
    map.gl.triggerRepaint();
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
  isShown: (id) => !hidden().has(id),

  /**
   * Show or hide a group of layers; the view keeps which are hidden.
   * @param {string} id
   * @param {boolean} on
   */
  setShown(id, on) {
    const those = hidden();
    if (on) those.delete(id);
    else those.add(id);
    view.set({ layers: those.size ? [...those].sort().map((name) => `-${name}`).join(",") : null }, { replace: true });
  },
};

function hidden() {
  const told = view.get("layers") ?? "";
  return new Set(told.split(",").filter((name) => name.startsWith("-")).map((name) => name.slice(1)));
}

/**
 * Begin: put the map into an element.
 * @param {HTMLElement} container
 */
export function startMap(container) {
  const gl = new maplibregl.Map({
    container,
    style: emptyStyle(),
    attributionControl: false,
    fadeDuration: 0,
    dragRotate: false,
    pitchWithRotate: false,
    maxZoom: 20.5,
    canvasContextAttributes: { antialias: true, preserveDrawingBuffer: true },
    ...startPlace(),
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
  theme.on(() => paintOutlines(gl));
  gl.once("load", async () => {
    await addOutlines(gl);
    applyShown(gl);
    settleReady();
  });
  view.on("layers", () => applyShown(gl));
  return map;
}

/** @param {maplibregl.Map} gl */
function applyShown(gl) {
  const on = map.isShown("counties") ? "visible" : "none";
  for (const id of ["counties", "states", "county-names"]) if (gl.getLayer(id)) gl.setLayoutProperty(id, "visibility", on);
}

function startPlace() {
  const [lat, lon, z] = ["lat", "lon", "z"].map((name) => Number.parseFloat(view.get(name) ?? ""));
  if ([lat, lon, z].every(Number.isFinite)) return { center: /** @type {[number, number]} */ ([lon, lat]), zoom: z };
  return { center: undefined, zoom: undefined, bounds: COUNTRY, fitBoundsOptions: { padding: 24 } };
}

/** @param {maplibregl.Map} gl */
function keepPlace(gl) {
  gl.on("moveend", () => {
    const { lat, lng } = gl.getCenter();
    view.set({ lat: lat.toFixed(5), lon: lng.toFixed(5), z: gl.getZoom().toFixed(2) }, { replace: true });
  });
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
    if (gl.loaded() && !gl.isMoving()) document.body.dataset.map = "idle";
  });
}

function duration() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : MOVE_MS;
}
