/** What if we built here: homes, route, cost and payback of an area or a route that is drawn, and scenarios to compare. */

import { h, replace } from "../core/dom.js";
import { makeTurns } from "../core/wanted.js";
import { readCorners, readLine } from "./areas/geometry.js";
import { classTag } from "./areas/words.js";
import { takeProposal } from "./areas/proposal.js";

const FEET_PER_M = 1 / 0.3048;
const ASKS_AFTER_MS = 250;
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });

/** @type {{name: string, label: string}[]} */
const COSTS = [
  { name: "aerial_usd_per_m", label: "Aerial route" },
  { name: "buried_usd_per_m", label: "Buried route" },
  { name: "passing_usd", label: "Each home passed, $" },
  { name: "drop_usd", label: "Each home connected, $" },
  { name: "take_rate", label: "Take rate, % of homes passed" },
  { name: "arpu_usd", label: "Revenue a home a month, $" },
  { name: "opex_usd", label: "Running cost a home a month, $" },
];

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "whatif",
  title: "What if",
  icon: "whatif",
  scope: "read",
  group: "plan",
  mount(root, ctx) {
    const board = new Board(root, ctx);
    ctx.begin(() => board.begin());
    return () => board.end();
  },
};

class Board {
  /**
   * @param {HTMLElement} root
   * @param {import("../types.js").Ctx} ctx
   */
  constructor(root, ctx) {
    this.ctx = ctx;
    this.geometry = /** @type {any} */ (null);
    this.construction = "buried";
    this.told = /** @type {any} */ (null);
    this.problem = /** @type {any} */ (null);
    this.costs = /** @type {any} */ ({ costs: {}, history: [] });
    this.kept = /** @type {any[]} */ ([]);
    this.timer = 0;
    this.asks = makeTurns();
    this.feet = ctx.units.system === "feet";
    this.bufferM = this.feet ? 200 / FEET_PER_M : 60;
    this.places = { ask: h("div", { class: "stack" }), answer: h("div", { class: "stack", "aria-live": "polite" }), kept: h("div", { class: "stack" }) };
    root.append(h("div", { class: "stack" }, this.places.ask, this.places.answer, this.places.kept));
  }

  async begin() {
    const { api, map } = this.ctx;
    await map.ready;
    const [costs, { scenarios }] = await Promise.all([api.get("/v1/whatif/costs"), api.get("/v1/whatif/scenarios")]);
    Object.assign(this, { costs, kept: scenarios });
    this.showAsk();
    this.showKept();
    const given = takeProposal();
    if (given) this.propose(given);
    else this.showAnswer();
  }

  end() {
    clearTimeout(this.timer);
    this.asks.end();
    this.ctx.map.draw.stop();
    this.ctx.map.hide("whatif");
  }

  showAsk() {
    const { ui, map } = this.ctx;
    const start = (/** @type {any} */ mode) => map.draw.start(mode, { onFinish: (feature) => (map.draw.stop(), this.propose(feature.geometry)) });
    const buffer = h("input", { class: "input", type: "number", min: 1, value: String(Math.round(this.feet ? this.bufferM * FEET_PER_M : this.bufferM)), "aria-label": `Homes within so many ${this.feet ? "feet" : "metres"} of a route` });
    buffer.addEventListener("input", () => {
      const value = Number(buffer.value);
      if (!(value > 0)) return;
      this.bufferM = this.feet ? value / FEET_PER_M : value;
      this.later();
    });
    const built = h("select", { class: "input", "aria-label": "How it is built", onchange: () => ((this.construction = built.value), this.later()) },
      [["buried", "Buried"], ["aerial", "Aerial"]].map(([value, label]) => h("option", { value, selected: value === this.construction }, label)));
    replace(
      this.places.ask,
      h(
        "div",
        { class: "row wrap" },
        ui.button("Draw an area", () => start("polygon"), { kind: "primary", icon: "draw" }),
        ui.button("Draw a route", () => start("line")),
        ui.button("Type places", () => this.type()),
      ),
      h("div", { class: "row" }, h("label", { class: "field" }, "Build", built), h("label", { class: "field" }, `Homes within (${this.feet ? "ft" : "m"})`, buffer)),
    );
  }

  async type() {
    const { ui } = this.ctx;
    const given = await ui.dialog("Type places", (close) =>
      ui.form(
        [
          { name: "kind", label: "It is", type: "select", options: [{ value: "area", label: "An area" }, { value: "route", label: "A route" }] },
          { name: "places", label: "Places", type: "textarea", hint: "One a line: latitude, longitude.", required: true, props: { rows: 8 } },
        ],
        { label: "Ask", submit: (values) => close(values.kind === "area" ? readCorners(values.places) : readLine(values.places)), cancel: () => close(null) },
      ),
    );
    if (given) this.propose(given);
  }

  /** @param {any} geometry */
  propose(geometry) {
    this.geometry = geometry;
    const feature = { type: "Feature", geometry, properties: {} };
    this.ctx.map.showGeoJSON("whatif", /** @type {any} */ (feature), { line: { "line-width": 4 } });
    this.ask();
  }

  later() {
    clearTimeout(this.timer);
    if (this.geometry) this.timer = setTimeout(() => this.ask(), ASKS_AFTER_MS);
  }

  get question() {
    return { geometry: this.geometry, buffer_m: this.bufferM, construction: this.construction };
  }

  async ask() {
    const signal = this.asks.next();
    try {
      const told = await this.ctx.api.post("/v1/whatif", this.question, { signal });
      Object.assign(this, { told, problem: null });
    } catch (problem) {
      if (signal.aborted) return;
      Object.assign(this, { told: null, problem });
    }
    this.showAnswer();
  }

  showAnswer() {
    const { ui, session } = this.ctx;
    if (this.problem) return replace(this.places.answer, ui.problemBox(this.problem));
    if (!this.told) return replace(this.places.answer, ui.empty({ title: "Nothing is proposed yet", body: "Draw an area or a route, and see what it would pass, cost and bring." }));
    return replace(
      this.places.answer,
      h("section", { class: "section", "aria-label": "Answer" }, h("h3", null, "What it would do"), facts(this.told, this.ctx.units), homesTable(this.told, ui)),
      session.may("plan") && h("div", { class: "row wrap" }, ui.button("Keep to compare", () => this.keep())),
    );
  }

  async keep() {
    const { ui, api } = this.ctx;
    const kept = await ui.dialog("Keep to compare", (close) =>
      ui.form([{ name: "title", label: "Name", required: true, props: { maxlength: 200 } }], {
        label: "Keep",
        submit: async (values) => close(await api.post("/v1/whatif/scenarios", { ...this.question, title: values.title })),
        cancel: () => close(null),
      }),
    );
    if (!kept) return;
    this.kept = [kept, ...this.kept];
    this.showKept();
  }

  showKept() {
    const { ui, units, session } = this.ctx;
    const may = session.may("plan");
    replace(
      this.places.kept,
      this.kept.length > 0 &&
        h(
          "section",
          { class: "section" },
          h("h3", null, "Kept to compare"),
          ui.table({
            caption: "Scenarios",
            columns: [
              { key: "title", label: "Name" },
              { key: "homes", label: "New homes", number: true, cell: (row) => units.number(row.answer.economics.new_homes), sort: (row) => row.answer.economics.new_homes },
              { key: "route", label: "Route", number: true, cell: (row) => units.length(row.answer.route_m), sort: (row) => row.answer.route_m },
              { key: "cost", label: "Cost", number: true, cell: (row) => dollars.format(row.answer.economics.cost_usd), sort: (row) => row.answer.economics.cost_usd },
              { key: "payback", label: "Payback", number: true, cell: (row) => months(row.answer.economics.payback_months), sort: (row) => row.answer.economics.payback_months },
              ...(may ? [{ key: "remove", label: "", cell: (/** @type {any} */ row) => ui.button(`Remove ${row.title}`, (event) => (event.stopPropagation(), this.remove(row)), { icon: "trash", hideLabel: true, small: true }) }] : []),
            ],
            rows: this.kept,
            onRow: (row) => this.show(row),
          }),
        ),
      h(
        "section",
        { class: "section" },
        h("h3", null, "Unit costs"),
        h("dl", { class: "facts" }, COSTS.flatMap(({ name, label }) => [h("dt", null, this.labelOf(name, label)), h("dd", null, units2(this.shownCost(name)))])),
        may && h("div", { class: "row wrap" }, ui.button("Change unit costs", () => this.changeCosts())),
        this.costs.history.length > 0 &&
          ui.table({
            caption: "History of unit costs",
            columns: [
              { key: "name", label: "Cost", cell: (row) => COSTS.find(({ name }) => name === row.name)?.label ?? row.name },
              { key: "value", label: "Value", number: true, cell: (row) => units2(this.shownCost(row.name, row.value)) },
              { key: "author", label: "Who" },
              { key: "reason", label: "Why" },
              { key: "set_at", label: "When", cell: (row) => units.time(row.set_at) },
            ],
            rows: this.costs.history,
          }),
      ),
    );
  }

  /** @param {any} row */
  show(row) {
    const { question, answer } = row;
    Object.assign(this, { bufferM: question.buffer_m, construction: question.construction, told: answer, problem: null, geometry: question.geometry });
    this.showAsk();
    this.propose(question.geometry);
  }

  /** @param {any} row */
  async remove(row) {
    await this.ctx.api.del(`/v1/whatif/scenarios/${row.scenario_id}`);
    this.kept = this.kept.filter((each) => each !== row);
    this.showKept();
  }

  /**
   * @param {string} name
   * @param {string} label
   */
  labelOf(name, label) {
    return name.endsWith("_per_m") ? `${label}, $ a ${this.feet ? "foot" : "metre"}` : label;
  }

  /**
   * A cost as people read it: per foot where the project measures in feet, shares in per cent.
   * @param {string} name
   * @param {number} [value]
   */
  shownCost(name, value = this.costs.costs[name]) {
    if (name === "take_rate") return value * 100;
    return name.endsWith("_per_m") && this.feet ? value / FEET_PER_M : value;
  }

  async changeCosts() {
    const { ui, api } = this.ctx;
    const fields = COSTS.map(({ name, label }) => ({
      name, label: this.labelOf(name, label), type: /** @type {const} */ ("number"), required: true,
      value: Number(this.shownCost(name).toFixed(2)), props: { min: 0, step: "any", ...(name === "take_rate" ? { max: 100 } : {}) },
    }));
    const costs = await ui.dialog("Unit costs", (close) =>
      ui.form([...fields, { name: "reason", label: "Why", required: true, hint: "Kept on record.", props: { maxlength: 1000 } }], {
        submit: async ({ reason, ...values }) => close(await api.put("/v1/whatif/costs", { costs: this.meant(values), reason })),
        cancel: () => close(null),
      }),
    );
    if (!costs) return;
    this.costs = costs;
    this.showKept();
    this.later();
  }

  /**
   * Return the costs of a form that were changed, as the server has them.
   * @param {Record<string, number>} values
   */
  meant(values) {
    const changed = Object.entries(values).filter(([name, value]) => value !== Number(this.shownCost(name).toFixed(2)));
    return Object.fromEntries(changed.map(([name, value]) => [name, name === "take_rate" ? value / 100 : name.endsWith("_per_m") && this.feet ? value * FEET_PER_M : value]));
  }
}

/**
 * @param {any} told
 * @param {import("../types.js").Ctx["units"]} units
 */
function facts(told, units) {
  const money = told.economics;
  const rows = /** @type {[string, any][]} */ ([
    ["Homes passed", units.number(told.homes_passed)],
    ["New homes", units.number(money.new_homes)],
    ["Expected to connect", units.number(money.connections)],
    ["New route", `${units.length(told.route_m)}${told.route_estimated ? ", estimated" : ""}`],
    ["To the nearest network", told.link_m === null ? "None near" : units.length(told.link_m)],
    ["Cost of the route", dollars.format(money.route_usd)],
    ["Cost of passings", dollars.format(money.passings_usd)],
    ["Cost of drops", dollars.format(money.drops_usd)],
    ["Cost in all", h("strong", null, dollars.format(money.cost_usd))],
    ["Cost of a new home", money.cost_per_passing_usd === null ? "–" : dollars.format(money.cost_per_passing_usd)],
    ["Margin a month", dollars.format(money.monthly_margin_usd)],
    ["Payback", h("strong", null, months(money.payback_months))],
    ["Under a hold", units.number(told.held)],
  ]);
  return h("dl", { class: "facts" }, rows.flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)]));
}

/**
 * @param {any} told
 * @param {import("../types.js").Ctx["ui"]} ui
 */
function homesTable(told, ui) {
  return ui.table({
    caption: "Homes by class now",
    columns: [
      { key: "name", label: "Class now", cell: (row) => classTag(row.name) },
      { key: "addresses", label: "Addresses", number: true },
      { key: "homes", label: "Units", number: true },
    ],
    rows: Object.keys(told.homes).map((name) => ({ name, addresses: told.addresses[name], homes: told.homes[name] })),
  });
}

/** @param {number | null} count */
function months(count) {
  return count === null ? "Never" : `${Math.ceil(count).toLocaleString("en-US")} months`;
}

/** @param {number} value */
function units2(value) {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}
