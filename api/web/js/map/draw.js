/** Drawing with terra-draw, which is loaded when somebody first draws. */

import { makeTurns } from "../core/wanted.js";
import { colour } from "./colours.js";

/**
 * @typedef {"polygon" | "rectangle" | "line" | "point" | "select"} Mode
 *
 * @typedef {object} DrawOptions
 * @property {(features: import("geojson").Feature[]) => void} [onChange] after every change, everything drawn
 * @property {(feature: import("geojson").Feature) => void} [onFinish] once a shape is closed
 * @property {import("geojson").Feature[]} [initial] what is there to begin with
 */

/** @type {any} */
let terra = null;
/** @type {DrawOptions} */
let options = {};
const turns = makeTurns();

export const draw = {
  /**
   * Begin to draw; whatever was being drawn is forgotten.
   * @param {Mode} mode
   * @param {DrawOptions} [given]
   */
  async start(mode, given = {}) {
    draw.stop();
    const signal = turns.next();
    const made = await makeTerra();
    if (signal.aborted) return; // it was stopped, or another one begun, while the first of all was loaded
    terra = made;
    options = given;
    terra.start();
    if (given.initial?.length) terra.addFeatures(given.initial.map((feature) => withMode(feature)));
    terra.setMode(mode === "line" ? "linestring" : mode);
    terra.on("change", () => options.onChange?.(draw.features()));
    terra.on("finish", (/** @type {string} */ id) => {
      const found = draw.features().find((feature) => feature.id === id);
      if (found) options.onFinish?.(found);
    });
    document.body.dataset.drawing = mode;
  },

  /**
   * Go on with another mode, keeping what is drawn.
   * @param {Mode} mode
   */
  mode: (mode) => terra?.setMode(mode === "line" ? "linestring" : mode),

  /** Everything drawn. */
  features: () => /** @type {import("geojson").Feature[]} */ (terra ? terra.getSnapshot().filter(isShape) : []),

  /** Stop, and take everything drawn off the map. */
  stop() {
    turns.end();
    if (!terra) return;
    terra.stop();
    terra = null;
    options = {};
    delete document.body.dataset.drawing;
  },

  undo: () => terra?.undo?.(),
  redo: () => terra?.redo?.(),
};

async function makeTerra() {
  const [{ map }, lib, { TerraDrawMapLibreGLAdapter }] = await Promise.all([
    import("./index.js"),
    import("terra-draw"),
    import("terra-draw-maplibre-gl-adapter"),
  ]);
  const mark = /** @type {`#${string}`} */ (colour("map-mark"));
  const area = { fillColor: mark, fillOpacity: 0.15, outlineColor: mark, outlineWidth: 2 };
  const editable = { feature: { draggable: true, coordinates: { midpoints: true, draggable: true, deletable: true, snappable: true } } };
  return new lib.TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map: map.gl, coordinatePrecision: 9 }),
    modes: [
      new lib.TerraDrawPolygonMode({ styles: area, snapping: { toCoordinate: true } }),
      new lib.TerraDrawRectangleMode({ styles: area }),
      new lib.TerraDrawLineStringMode({ styles: { lineStringColor: mark, lineStringWidth: 3 } }),
      new lib.TerraDrawPointMode({ styles: { pointColor: mark } }),
      new lib.TerraDrawSelectMode({ flags: { polygon: editable, rectangle: editable, linestring: editable, point: { feature: { draggable: true } } } }),
    ],
  });
}

/** @param {import("geojson").Feature} feature */
function withMode(feature) {
  const mode = /** @type {Record<string, string>} */ ({ Polygon: "polygon", LineString: "linestring", Point: "point" })[feature.geometry.type];
  return { ...feature, properties: { ...feature.properties, mode } };
}

/** @param {any} feature */
function isShape(feature) {
  const { mode, midPoint, selectionPoint, closingPoint, snappingPoint } = feature.properties ?? {};
  return mode && !midPoint && !selectionPoint && !closingPoint && !snappingPoint;
}
