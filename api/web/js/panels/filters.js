/** Which addresses: the filters that map, table and exports share. */

import { h, replace } from "../core/dom.js";
import { clearFilters, FILTERS, setWords, wordsOf } from "../core/filters.js";
import { view } from "../core/view.js";
import { said } from "../core/words.js";
import { swatch } from "../shell/legend.js";

const MOST_SHOWN = 8;
const TYPING_MS = 350;

/** @typedef {import("../core/filters.js").Filter} Filter */

/** @type {import("../types.js").Panel} */
export const panel = {
  id: "filters",
  title: "Filters",
  icon: "filter",
  scope: "read",
  group: "look",
  mount(root, { api, begin, ui, units }) {
    const sections = h("div", null);
    let all = /** @type {Record<string, {value: string, addresses: number}[]>} */ ({});
    const opened = new Set();

    function draw() {
      const at = document.activeElement?.getAttribute("data-key");
      replace(sections, FILTERS.filter(({ name }) => name !== "ids" && name !== "polygon" && name !== "area").map(section));
      if (at) /** @type {HTMLElement | null} */ (sections.querySelector(`[data-key="${CSS.escape(at)}"]`))?.focus();
    }

    /** @param {Filter} filter */
    function section(filter) {
      const body = { words: choices, truth, date: dateField, text: textField }[filter.kind](filter);
      return body && h("fieldset", { class: "section" }, h("legend", { class: "section-title" }, filter.label), body);
    }

    /** @param {Filter} filter */
    function choices({ name, label }) {
      const words = all[name] ?? [];
      if (!words.length) return null;
      const chosen = wordsOf(name);
      const shown = opened.has(name) ? words : words.filter(({ value }, index) => index < MOST_SHOWN || chosen.includes(value));
      return h(
        "div",
        null,
        shown.map(({ value, addresses }) =>
          h(
            "label",
            { class: "check count" },
            h("input", {
              type: "checkbox",
              checked: chosen.includes(value),
              "data-key": `${name}:${value}`,
              onchange: (/** @type {Event} */ event) => {
                const on = /** @type {HTMLInputElement} */ (event.target).checked;
                setWords(name, on ? [...chosen, value] : chosen.filter((word) => word !== value));
              },
            }),
            name === "class" && swatch(value),
            h("span", null, said(value)),
            h("span", { class: "quiet figures" }, units.number(addresses)),
          ),
        ),
        shown.length < words.length &&
          ui.button(`Show all ${words.length}`, () => (opened.add(name), draw()), { kind: "plain", small: true, props: { "aria-label": `Show all ${words.length} of ${label}` } }),
      );
    }

    /** @param {Filter} filter */
    function truth({ name, label }) {
      const now = view.get(`filter.${name}`);
      const options = [["Any", null], ["Yes", "true"], ["No", "false"]];
      return h(
        "div",
        { class: "switch", role: "group", "aria-label": label },
        options.map(([text, value]) => h("button", { type: "button", "aria-pressed": String(now === value), "data-key": `${name}:${value}`, onclick: () => view.set({ [`filter.${name}`]: value }) }, text)),
      );
    }

    /** @param {Filter} filter */
    function dateField({ name, label }) {
      const change = (/** @type {Event} */ event) => view.set({ [`filter.${name}`]: /** @type {HTMLInputElement} */ (event.target).value });
      return h("input", { class: "input", type: "date", "aria-label": label, "data-key": name, value: view.get(`filter.${name}`) ?? "", onchange: change });
    }

    /** @param {Filter} filter */
    function textField({ name, label }) {
      let timer = 0;
      // What is typed is set also where the panel is left before its time has come: so not by the panel's own view.
      const change = (/** @type {Event} */ event) => {
        clearTimeout(timer);
        timer = window.setTimeout(() => view.set({ [`filter.${name}`]: /** @type {HTMLInputElement} */ (event.target).value.trim() }), TYPING_MS);
      };
      return h("input", { class: "input", type: "search", "aria-label": label, "data-key": name, maxlength: 200, value: view.get(`filter.${name}`) ?? "", oninput: change });
    }

    begin(async () => {
      all = (await api.get("/v1/filters")).filters;
      replace(root, sections, h("div", { class: "row" }, ui.button("Clear all filters", clearFilters)));
      draw();
    });
    const stop = view.on("*", (_, name) => {
      const typing = document.activeElement instanceof HTMLInputElement && document.activeElement.type === "search";
      if (name.startsWith("filter.") && !typing) draw();
    });
    return () => void stop();
  },
};
