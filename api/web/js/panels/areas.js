/** Areas: the list, one area, and what is being drawn: edits that are counted, saved as a draft, and published. */

import { h, replace, update } from "../core/dom.js";
import { makeTurns } from "../core/wanted.js";
import { colour } from "../map/colours.js";
import { Draft } from "./areas/draft.js";
import { Impact, impactView } from "./areas/impact.js";
import { FAR, boxAround, cornersOf, readCorners, readLine } from "./areas/geometry.js";
import { Pen } from "./areas/pen.js";
import { areaView, drawingView, editView, finderView, keptView, rowsView, staleView } from "./areas/views.js";
import { areaFields, changedFields } from "./areas/words.js";

const MOST_LISTED = 200;
const LOOKS_MS = 20_000;

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "areas",
  title: "Areas",
  icon: "areas",
  scope: "read",
  group: "plan",
  mount(root, ctx) {
    const desk = new Desk(root, ctx);
    ctx.begin(() => desk.begin());
    return () => desk.end();
  },
};

/** The panel while it is open. */
export class Desk {
  /**
   * @param {HTMLElement} root
   * @param {import("../types.js").Ctx} ctx
   */
  constructor(root, ctx) {
    this.ctx = ctx;
    this.may = ctx.session.may("plan");
    this.listed = /** @type {any} */ ({ features: [], total: 0 });
    this.filter = /** @type {Record<string, string>} */ ({ text: "", class: "" });
    this.area = /** @type {any} */ (null);
    this.versions = /** @type {any[]} */ ([]);
    this.others = /** @type {any[]} */ ([]);
    this.pen = new Pen(ctx, () => ({ area: this.area, listed: this.listed.features }), () => this.showTray());
    this.draft = new Draft(() => this.edited());
    this.left = false;
    this.impact = new Impact(() => !this.left && (this.showTray(), this.showResult()));
    this.asked = "";
    this.kept = /** @type {any[]} */ ([]);
    this.lists = makeTurns();
    this.opens = makeTurns();
    this.edits = h("section", { class: "section", "aria-label": "Your edits" });
    this.places = { bar: h("div", { class: "stack" }), tray: h("div", null), body: h("div", { class: "stack" }), rows: h("div", { class: "stack" }) };
    this.finder = finderView(this);
    root.append(h("div", { class: "stack" }, this.places.bar, this.places.tray, this.places.body));
    /** @type {(() => void)[]} */
    this.leaving = [];
  }

  async begin() {
    const { keys, view, map } = this.ctx;
    await map.ready;
    if (this.left) return;
    this.leaving = [
      keys.bind("Mod+z", () => (this.draft.canUndo ? this.draft.undo() : false), { label: "Undo an edit", scope: "Areas" }),
      keys.bind("Mod+Shift+z", () => (this.draft.canRedo ? this.draft.redo() : false), { label: "Redo an edit", scope: "Areas" }),
      keys.bind("Escape", () => (this.pen.now ? this.pen.stop() : false), { label: "Stop drawing", scope: "Areas" }),
      view.on("item", () => this.open()),
      map.onRefresh(() => this.list()),
    ];
    if (this.may) {
      await this.look();
      const timer = setInterval(() => this.look().catch(() => {}), LOOKS_MS);
      this.leaving.push(() => clearInterval(timer));
    }
    this.showBar();
    await this.list();
    if (map.gl.getZoom() < FAR && this.listed.features.length) map.fit(boxAround(this.listed.features));
    await this.open();
  }

  end() {
    this.left = true;
    for (const leave of this.leaving) leave();
    this.pen.stop();
    if (this.may) this.draft.save();
    for (const id of ["areas-listed", "areas-result", "areas-faults"]) this.ctx.map.hide(id);
  }

  /** See who else is at work, and take up what was saved. */
  async look() {
    const kept = await this.draft.restore(this.ctx.api);
    if (!kept) return;
    this.others = kept.others;
    this.kept = kept.drafts.filter((/** @type {any} */ draft) => draft.draft_id !== this.draft.id);
    this.showTray();
  }

  async list() {
    const asked = { text: this.filter.text, class: this.filter.class, limit: MOST_LISTED };
    this.listed = await this.ctx.api.get("/v1/areas", asked, { signal: this.lists.next() });
    this.showListed();
    replace(this.places.rows, rowsView(this));
  }

  showListed() {
    const byClass = (/** @type {string} */ part) => ["match", ["get", "class"], "build", colour(`class-build${part}`), colour(`class-pre-build${part}`)];
    const chosen = ["==", ["get", "area_id"], this.area?.id ?? 0];
    this.ctx.map.showGeoJSON("areas-listed", this.listed, () => ({
      fill: { "fill-color": byClass(""), "fill-opacity": ["case", chosen, 0.4, 0.16] },
      line: { "line-color": byClass("-line"), "line-width": ["case", chosen, 4, 1.5] },
      onClick: (feature) => this.pen.isDown() || this.ctx.view.set({ item: Number(feature.properties.area_id) }),
    }));
    this.showResult();
  }

  /** Take up the area that the address names. */
  async open() {
    const id = this.ctx.view.get("item");
    const signal = this.opens.next();
    if (this.area) this.pen.stop(); // what was being drawn was for the area that is left
    if (!id) {
      this.area = null;
      this.showListed();
      return this.showBody();
    }
    try {
      [this.area, { versions: this.versions }] = await Promise.all([
        this.ctx.api.get(`/v1/areas/${encodeURIComponent(id)}`, undefined, { signal }),
        this.ctx.api.get(`/v1/areas/${encodeURIComponent(id)}/versions`, undefined, { signal }),
      ]);
      this.ctx.map.fit(this.area.bbox);
      this.showListed();
      return this.showBody();
    } catch (problem) {
      if (signal.aborted) return undefined;
      this.area = null;
      replace(this.places.body, this.ctx.ui.problemBox(problem), this.back());
      return undefined;
    }
  }

  // -- what is shown ------------------------------------------------------------------------------------------------

  showBar() {
    const { ui } = this.ctx;
    if (!this.may) return;
    replace(
      this.places.bar,
      h(
        "div",
        { class: "row wrap" },
        ui.button("Draw area", () => this.draw("polygon", this.drawNew), { icon: "draw", kind: "primary" }),
        ui.button("Draw rectangle", () => this.draw("rectangle", this.drawNew)),
        ui.button("Type corners", () => this.typeCorners("New area", null, (geometry) => this.addNew(geometry))),
      ),
      h(
        "label",
        { class: "check" },
        h("input", { type: "checkbox", checked: this.pen.snaps, onchange: (/** @type {any} */ event) => (this.pen.snaps = event.target.checked) }),
        "Snap to the edges of areas",
      ),
    );
  }

  showTray() {
    const { ui, units } = this.ctx;
    const { draft } = this;
    if (this.pen.now) return replace(this.places.tray, drawingView(this));
    if (!draft.edits.length && !draft.canUndo && !draft.canRedo) return replace(this.places.tray, keptView(this));
    const rows = draft.edits.map((edit, index) => editView(this, edit, index));
    update(
      this.edits,
      h(
        "div",
        { class: "row wrap" },
        h("h3", null, "Your edits"),
        ui.button("Undo", () => draft.undo(), { icon: "undo", small: true, props: { disabled: !draft.canUndo } }),
        ui.button("Redo", () => draft.redo(), { icon: "redo", small: true, props: { disabled: !draft.canRedo } }),
      ),
      h("ul", { class: "plain-list" }, rows),
      h("div", { class: "stack" }, draft.edits.length > 0 && impactView(this.impact), draft.stale.map((stale) => staleView(this, stale)), draft.problem && ui.problemBox(draft.problem)),
      h("p", { class: "small quiet", role: "status" }, draft.saved ? `Draft saved ${units.time(draft.saved)}` : "Not saved yet"),
      h(
        "div",
        { class: "row wrap" },
        ui.button("Publish", () => this.publish(), { kind: "primary", props: { disabled: !draft.edits.length || Boolean(this.impact.problem) } }),
        ui.button("Discard draft", () => this.discard(), { kind: "danger" }),
      ),
    );
    return this.edits.isConnected ? undefined : replace(this.places.tray, this.edits);
  }

  showBody() {
    if (this.area) replace(this.places.body, areaView(this));
    else if (!this.finder.isConnected) replace(this.places.body, this.finder); // what is being typed in it stays
  }

  back() {
    return h("div", { class: "row" }, this.ctx.ui.button("All areas", () => this.ctx.view.set({ item: null }), { icon: "back", kind: "plain", small: true }));
  }

  /** @param {number} id */
  nameOf(id) {
    const known = [this.area, ...this.listed.features].find((feature) => feature?.id === id);
    return known?.properties.name ?? (id < 0 ? "the new area" : `area ${id}`);
  }

  /**
   * Draw a shape and give it to `done`, a method of this desk.
   * @param {import("./areas/pen.js").Mode} mode
   * @param {(geometry: any) => void} done
   * @param {any[]} [initial]
   */
  draw(mode, done, initial) {
    return this.pen.draw(mode, (geometry) => done.call(this, geometry), initial);
  }

  // -- edits --------------------------------------------------------------------------------------------------------

  /** @param {any} geometry */
  drawNew(geometry) {
    this.addNew(geometry);
  }

  /** @param {any} geometry */
  addNew(geometry) {
    this.draft.take([...this.draft.edits, { op: "draw", geometry, properties: { class: "pre-build" } }]);
    this.details(this.draft.edits.length - 1);
  }

  /** @param {any} edit */
  add(edit) {
    const base = this.area ? { [this.area.id]: this.area.properties.version } : {};
    this.draft.take([...this.draft.edits, edit], base);
  }

  /** @param {any} change a shape, fields, or both */
  change(change) {
    this.add({ op: "change", area_id: this.area.id, ...change });
  }

  /** @param {any} line */
  split(line) {
    this.add({ op: "split", area_id: this.area.id, line });
  }

  /** @param {any} hole */
  cut(hole) {
    this.add({ op: "cut", area_id: this.area.id, hole });
  }

  /** The shape of the open area with the edits that there are. */
  shapeNow() {
    const known = this.impact.told?.result.features.find((/** @type {any} */ feature) => feature.id === this.area.id);
    return (known ?? this.area).geometry;
  }

  moveCorners() {
    const geometry = this.shapeNow();
    if (geometry.type !== "Polygon") return this.typeCorners("Corners", geometry, (shape) => this.change({ geometry: shape }));
    return this.draw("select", (shape) => this.change({ geometry: shape }), [{ type: "Feature", geometry, properties: {} }]);
  }

  /** @param {number} index */
  reshape(index) {
    const edit = this.draft.edits[index];
    return this.typeCorners("Corners", edit.geometry, (geometry) => this.draft.take(this.draft.edits.with(index, { ...edit, geometry })));
  }

  /** @param {number} index */
  async details(index) {
    const { ui } = this.ctx;
    const edit = this.draft.edits[index];
    const values = await ui.dialog("Details of the new area", (close) => ui.form(areaFields(edit.properties ?? {}), { label: "Keep", submit: close, cancel: () => close(null) }));
    if (values) this.draft.take(this.draft.edits.with(index, { ...edit, properties: changedFields(values, {}) }));
  }

  async editDetails() {
    const { ui } = this.ctx;
    const before = this.area.properties;
    const values = await ui.dialog("Details of the area", (close) => ui.form(areaFields(before), { label: "Keep", submit: close, cancel: () => close(null) }));
    const properties = values ? changedFields(values, before) : {};
    if (Object.keys(properties).length) this.change({ properties });
  }

  /**
   * @param {string} title
   * @param {any} geometry
   * @param {(geometry: any) => void} done
   */
  async typeCorners(title, geometry, done) {
    const { ui } = this.ctx;
    const hint = "One corner a line: latitude, longitude. An empty line begins a hole, --- another part.";
    const given = await ui.dialog(title, (close) =>
      ui.form([{ name: "corners", label: "Corners", type: "textarea", value: geometry ? cornersOf(geometry) : "", hint, required: true, props: { rows: 10 } }], {
        label: "Keep",
        submit: (values) => close(readCorners(values.corners)),
        cancel: () => close(null),
      }),
    );
    if (given) done(given);
  }

  async typeLine() {
    const { ui } = this.ctx;
    const line = await ui.dialog("Split by a line", (close) =>
      ui.form([{ name: "line", label: "Places of the line", type: "textarea", hint: "One place a line: latitude, longitude.", required: true }], {
        label: "Split",
        submit: (values) => close(readLine(values.line)),
        cancel: () => close(null),
      }),
    );
    if (line) this.split(line);
  }

  async merge() {
    const { ui } = this.ctx;
    const options = this.listed.features.filter((/** @type {any} */ feature) => feature.id !== this.area.id).map((/** @type {any} */ feature) => ({ value: String(feature.id), label: this.nameOf(feature.id) }));
    const values = await ui.dialog("Merge with another area", (close) =>
      ui.form([{ name: "other", label: "Area", type: "select", options, hint: "It becomes part of the open one." }], { label: "Merge", submit: close, cancel: () => close(null) }),
    );
    if (!values?.other) return;
    const other = this.listed.features.find((/** @type {any} */ feature) => String(feature.id) === values.other);
    const bases = { [this.area.id]: this.area.properties.version, [other.id]: other.properties.version };
    this.draft.take([...this.draft.edits, { op: "merge", area_ids: [this.area.id, other.id] }], bases);
  }

  /** @param {number} id */
  drop(id) {
    this.draft.stale = this.draft.stale.filter((stale) => stale.area_id !== id);
    this.draft.take(this.draft.edits.filter((edit) => edit.area_id !== id && !edit.area_ids?.includes(id)));
  }

  /** After any change of the draft: count again what it does, and show it. */
  edited() {
    if (this.left) return;
    const asked = JSON.stringify(this.draft.edits);
    if (asked !== this.asked) this.impact.ask(this.draft.edits);
    this.asked = asked;
    this.showTray();
    this.showResult();
  }

  showResult() {
    const told = this.draft.edits.length ? this.impact.told?.result : null;
    if (!told) return this.ctx.map.hide("areas-result");
    return this.ctx.map.showGeoJSON("areas-result", told, { fill: { "fill-opacity": 0.08 }, line: { "line-width": 3, "line-dasharray": [2, 1] } });
  }

  // -- ends ---------------------------------------------------------------------------------------------------------

  async publish() {
    const { ui, units, map, view } = this.ctx;
    const flips = Object.values(this.impact.told?.addresses ?? {}).reduce((sum, count) => sum + count, 0);
    const done = await ui.dialog("Publish these edits?", (close) => [
      h("p", null, `${units.count(this.draft.edits.length, "edit")} in one plan version; ${units.count(flips, "address changes", "addresses change")} class. An undo takes it back.`),
      ui.form([{ name: "reason", label: "Why", required: true, hint: "Kept on record.", props: { maxlength: 1000 } }], {
        label: "Publish",
        submit: async (values) => {
          try {
            close(await this.draft.publish(values.reason));
          } catch (problem) {
            if (/** @type {any} */ (problem).status !== 412) throw problem;
            close(null);
            await this.conflict(problem);
          }
        },
        cancel: () => close(null),
      }),
    ]);
    if (!done) return;
    ui.toast(`Published as plan version ${done.plan_version}.`, { kind: "good" });
    view.set({ item: null });
    map.refresh();
  }

  /** @param {any} problem */
  async conflict(problem) {
    const { ui, api } = this.ctx;
    const kept = await api.get(`/v1/area-drafts/${this.draft.id}`);
    this.draft.stale = kept.stale;
    this.showTray();
    await ui.dialog("Somebody was faster", (close) => [
      ui.problemBox(problem),
      kept.stale.map((/** @type {any} */ stale) => staleView(this, stale)),
      h("div", { class: "buttons" }, ui.button("Look at it", () => close(true), { kind: "primary" })),
    ]);
  }

  async discard() {
    const { ui } = this.ctx;
    const sure = await ui.confirm({ title: "Discard this draft?", body: "Its edits are gone. Nothing that is published changes.", action: "Discard", danger: true });
    if (sure) await this.draft.discard();
  }
}
