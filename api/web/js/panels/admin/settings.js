/** Settings that verdicts depend on: what each means and reaches, weighed before they are changed. */

import { h, replace } from "../../core/dom.js";
import { said } from "../../core/words.js";
import { fill } from "./shared.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

const FEET_PER_M = 1 / 0.3048;
const FEET_DECIMALS = 100;

/**
 * @param {HTMLElement} root
 * @param {Ctx} ctx
 */
export function settings(root, ctx) {
  const { api, map, ui, units, view } = ctx;
  const list = h("div", { class: "stack", "aria-live": "polite" });
  root.append(
    h(
      "section",
      { class: "section" },
      h("h3", null, "Pages that everybody sees"),
      h("p", { class: "quiet" }, "The map: its title, imagery, and whether the public may look. The portal: whether it is open, its words, and who embeds it."),
      h(
        "div",
        { class: "row wrap" },
        ui.button("Map settings", () => view.set({ panel: "map-settings", item: null }), { icon: "layers" }),
        ui.button("Portal", () => view.set({ panel: "portal", item: null }), { icon: "address" }),
      ),
    ),
    list,
  );
  load();

  function load() {
    return fill(list, ctx, async () => {
      const told = await api.get("/v1/settings");
      return h(
        "section",
        { class: "section" },
        h("h3", null, "Rules of the plan"),
        h("p", { class: "quiet" }, "Each change is a plan version, so it can be taken back."),
        ui.table({
          caption: "Rules of the plan",
          columns: [
            { key: "name", label: "Setting", cell: (row) => said(nameOf(row)) },
            { key: "value", label: "Value", number: true, cell: (row) => shown(row, row.value) },
            { key: "default", label: "Default", number: true, cell: (row) => shown(row, row.default) },
            { key: "changed_by", label: "Changed", cell: (row) => (row.changed_by ? `${row.changed_by}, ${units.date(row.changed_at)}` : "–") },
          ],
          rows: told.settings,
          onRow: edit,
        }),
      );
    });
  }

  /** @param {any} setting */
  async function edit(setting) {
    await ui.dialog(said(nameOf(setting)), (close) => {
      const weighed = h("div", { class: "stack", "aria-live": "polite" });
      return [
        h("p", null, setting.meaning),
        h("p", { class: "quiet" }, `Reaches: ${setting.touches} Default: ${shown(setting, setting.default)}.`),
        ui.form([...fieldsOf(setting), { name: "reason", label: "Why", required: true, hint: "Kept on record." }], {
          label: "See what it changes",
          cancel: () => close(null),
          async submit(given) {
            const asked = { changes: { [setting.name]: read(setting, given) }, reason: given.reason };
            const would = await api.post("/v1/settings:preview", asked);
            replace(weighed, consequences(would), h("div", { class: "buttons" }, ui.button("Put in force", () => put(asked, close, weighed), { kind: "primary" })));
            weighed.querySelector("button")?.focus();
          },
        }),
        weighed,
      ];
    });
  }

  /**
   * @param {any} asked
   * @param {(answer: any) => void} close
   * @param {HTMLElement} place
   */
  async function put(asked, close, place) {
    try {
      const done = await api.put("/v1/settings", asked);
      close(true);
      ui.toast(`In force with plan version ${done.plan_version}.`, { kind: "good", action: { label: "Undo", run: () => undo(done.plan_version) } });
      map.refresh();
      await load();
    } catch (problem) {
      replace(place, ui.problemBox(problem));
    }
  }

  /** @param {number} version */
  async function undo(version) {
    await api.post(`/v1/plan-versions/${version}:undo`, {});
    map.refresh();
    await load();
  }

  /** @param {any} would */
  function consequences(would) {
    const changes = Object.entries(would.changes).flatMap(([technology, counts]) =>
      Object.entries(/** @type {Record<string, number>} */ (counts)).map(([step, count]) => ({ technology: said(technology), step, count })),
    );
    const notes = would.notes.map((/** @type {string} */ note) => ui.notice("info", note));
    if (!changes.length) return [ui.notice("good", "No address changes class."), ...notes];
    const columns = [
      { key: "technology", label: "Technology" },
      { key: "step", label: "From and to" },
      { key: "count", label: "Addresses", number: true },
    ];
    return [ui.table({ caption: "What it changes", columns, rows: changes }), ...notes];
  }

  /** @param {any} setting */
  function isFeet(setting) {
    return setting.kind === "length_m" && units.system === "feet";
  }

  /** @param {any} setting */
  function nameOf(setting) {
    return setting.name.replace(/_(m|m2)$/, "");
  }

  /**
   * @param {any} setting
   * @param {any} value
   */
  function shown(setting, value) {
    if (setting.kind === "length_m") return units.length(value);
    if (setting.kind === "words") return value.length ? value.map(said).join(", ") : "none";
    if (setting.kind === "choice") return value === "us" ? "Feet and miles" : value === "metric" ? "Metres" : said(value);
    return setting.name.endsWith("_m2") ? `${value} m²` : String(value);
  }

  /** @param {any} setting */
  function fieldsOf(setting) {
    if (setting.kind === "words") {
      return setting.choices.map((/** @type {string} */ word) => ({ name: word, label: said(word), type: "checkbox", value: setting.value.includes(word) }));
    }
    if (setting.kind === "choice") {
      const options = setting.choices.map((/** @type {string} */ value) => ({ value, label: shown(setting, value) }));
      return [{ name: "value", label: "Value", type: "select", value: setting.value, options }];
    }
    const value = isFeet(setting) ? Math.round(setting.value * FEET_PER_M * FEET_DECIMALS) / FEET_DECIMALS : setting.value;
    const label = setting.kind === "length_m" ? (isFeet(setting) ? "Value, feet" : "Value, metres") : "Value";
    return [{ name: "value", label, type: "number", required: true, value, props: { min: 0, step: setting.kind === "whole" ? 1 : "any" } }];
  }

  /**
   * @param {any} setting
   * @param {Record<string, any>} given
   */
  function read(setting, given) {
    if (setting.kind === "words") return setting.choices.filter((/** @type {string} */ word) => given[word]);
    return isFeet(setting) ? given.value / FEET_PER_M : given.value;
  }
}
