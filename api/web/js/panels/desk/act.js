/** Doing something for a customer, in two steps: what it would do is shown first, and only then it is done. */

import { Problem } from "../../core/api.js";
import { h, replace } from "../../core/dom.js";
import { onceKey } from "../../selling/contact.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

/**
 * @typedef {object} Action
 * @property {string} title
 * @property {string} doing on the button that does it
 * @property {string} done what is said afterwards
 * @property {import("../../core/ui.js").Field[]} [fields] what has to be said first
 * @property {import("../../core/dom.js").Children} [about] what it is done with
 * @property {import("../../core/dom.js").Children} [note] what has to be known to fill in the fields
 * @property {(values: Record<string, any>) => {path: string, body?: any}} asks
 * @property {boolean} [danger]
 * @property {(problem: Problem, values: Record<string, any>) => Instead[]} [instead] what may be done where this may not
 *
 * @typedef {{label: string, run: () => unknown}} Instead
 */

/**
 * Ask, show the consequences, do it; resolves to what the server answered, or null where it was left.
 * @param {Ctx} ctx
 * @param {Action} action
 * @returns {Promise<any>}
 */
export async function act(ctx, action) {
  const { ui } = ctx;
  const told = await ui.dialog(action.title, (close) => {
    const place = h("div", { class: "stack", "aria-live": "polite" });
    const steps = stepsOf(ctx, action, place, close);
    steps.begin();
    return place;
  });
  if (told?.instead) {
    told.instead();
    return null;
  }
  if (told) ui.toast(action.done, { kind: "good" });
  return told;
}

/**
 * @param {Ctx} ctx
 * @param {Action} action
 * @param {HTMLElement} place
 * @param {(answer: any) => void} close
 */
function stepsOf({ api, ui }, action, place, close) {
  const leave = () => close(null);
  const form = action.fields?.length
    ? ui.form(action.fields, { label: "See what it does", cancel: leave, submit: (values) => look(values).catch((problem) => refuse(problem, values)) })
    : null;

  function begin() {
    if (form) return void replace(place, action.about, action.note, form);
    replace(place, action.about, h("p", { class: "quiet" }, "Seeing what it does…"));
    return look({}).catch((problem) => refuse(problem, {}));
  }

  /** @param {Record<string, any>} values */
  async function look(values) {
    const { path, body = {} } = action.asks(values);
    const options = { headers: { "idempotency-key": onceKey() } }; // looked at under the key that it is then done by, once
    const { consequences } = await api.post(api.withParams(path, { preview: true }), body, options);
    const heading = h("h3", { tabindex: "-1" }, "What this does");
    const told = h("div", null);
    const go = ui.button(action.doing, () => commit(), { kind: action.danger ? "danger" : "primary" });
    const back = form ? ui.button("Back", begin) : ui.button("Leave it", leave);
    replace(place, action.about, heading, list(consequences), told, h("div", { class: "buttons" }, back, go));
    heading.focus();

    async function commit() {
      go.disabled = back.disabled = true;
      replace(told);
      try {
        close((await api.post(path, body, options)) ?? {});
      } catch (problem) {
        go.disabled = back.disabled = false;
        replace(told, refusal(problem, values));
      }
    }
  }

  /**
   * What was refused already when it was looked at: where the form can be mended it says so beside its fields.
   * @param {any} problem
   * @param {Record<string, any>} values
   */
  function refuse(problem, values) {
    const others = insteadOf(problem, values);
    if (form && !others.length) throw problem;
    replace(place, action.about, refusal(problem, values), h("div", { class: "buttons" }, form && ui.button("Back", begin), ui.button("Close", leave)));
  }

  /**
   * @param {any} problem
   * @param {Record<string, any>} values
   */
  function refusal(problem, values) {
    const others = insteadOf(problem, values);
    return [
      ui.problemBox(problem),
      others.length > 0 && h("div", { class: "row wrap" }, others.map(({ label, run }) => ui.button(label, () => close({ instead: run }), { kind: "primary" }))),
    ];
  }

  /**
   * @param {any} problem
   * @param {Record<string, any>} values
   */
  const insteadOf = (problem, values) => (problem instanceof Problem ? (action.instead?.(problem, values) ?? []) : []);

  return { begin };
}

/** @param {{code: string, text: string}[]} consequences */
function list(consequences) {
  if (!consequences.length) return h("p", { class: "quiet" }, "Nothing changes: it is so already.");
  return h("ul", { class: "consequences" }, consequences.map(({ code, text }) => h("li", { "data-code": code }, text)));
}
