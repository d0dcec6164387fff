/** The pen: a shape while it is drawn, looked at on the way, and handed over once it is closed. */

import { colour } from "../../map/colours.js";
import { snapped } from "./geometry.js";

const TYPES_MS = 250;
/** The click that ends a drawing is no click on what lies there. */
const CLICKS_MS = 500;

/** @typedef {"polygon" | "rectangle" | "line" | "select"} Mode */

export class Pen {
  /**
   * @param {import("../../types.js").Ctx} ctx
   * @param {() => {area: any, listed: any[]}} around the open area, and those whose edges a shape may snap to
   * @param {() => void} changed called whenever there is something else to show
   */
  constructor(ctx, around, changed) {
    this.ctx = ctx;
    this.around = around;
    this.changed = changed;
    this.now = /** @type {any} */ (null);
    this.snaps = true;
    this.drewAt = -Infinity;
  }

  /** Whether a click still belongs to a drawing. */
  isDown() {
    return Boolean(this.now) || performance.now() - this.drewAt <= CLICKS_MS;
  }

  /**
   * @param {Mode} mode
   * @param {(geometry: any) => void} done
   * @param {any[]} [initial]
   */
  async draw(mode, done, initial = []) {
    this.now = { mode, done, told: null, last: initial[0]?.geometry ?? null };
    this.changed();
    await this.ctx.map.draw.start(mode, {
      initial,
      onChange: (features) => this.watch(features.at(-1)?.geometry),
      onFinish: (feature) => mode !== "select" && this.finish(feature.geometry),
    });
  }

  /** @param {any} geometry */
  watch(geometry) {
    if (!this.now || !geometry) return;
    this.now.last = geometry;
    clearTimeout(this.now.timer);
    if (geometry.type === "Polygon") this.now.timer = setTimeout(() => this.validate(geometry), TYPES_MS);
  }

  /** @param {any} geometry */
  async validate(geometry) {
    const { now } = this;
    if (!now || geometry.coordinates[0].length < 4) return;
    const { area } = this.around();
    const told = await this.ctx.api
      .post("/v1/areas:validate", { geometry, ...(area ? { area_id: area.id } : {}) })
      .catch((problem) => ({ valid: false, faults: [{ message: String(problem.message), places: [] }], overlaps: [] }));
    if (now !== this.now || now.last !== geometry) return; // it has been drawn on meanwhile
    now.told = told;
    this.showFaults(now.told.faults);
    this.changed();
  }

  /** @param {any[]} faults */
  showFaults(faults) {
    const features = faults.flatMap((fault) =>
      fault.places.map((/** @type {any} */ coordinates) => ({ type: "Feature", geometry: { type: "Point", coordinates }, properties: { message: fault.message } })),
    );
    this.ctx.map.showGeoJSON("areas-faults", /** @type {any} */ ({ type: "FeatureCollection", features }), { circle: { "circle-color": colour("bad") || "#b00020", "circle-radius": 8 } });
  }

  /** @param {any} geometry */
  finish(geometry) {
    const { done } = this.now;
    this.stop();
    done(this.snaps ? snapped(geometry, this.around().listed, this.ctx.map.gl) : geometry);
  }

  stop() {
    if (!this.now) return;
    clearTimeout(this.now.timer);
    this.now = null;
    this.drewAt = performance.now();
    this.ctx.map.draw.stop();
    this.ctx.map.hide("areas-faults");
    this.changed();
  }
}
