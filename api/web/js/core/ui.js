/** The parts that panels are put together from. */

import { h, newId, replace } from "./dom.js";
import { icon } from "./icons.js";
import { Problem } from "./api.js";
import { table } from "./table.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {"text" | "number" | "date" | "select" | "checkbox" | "textarea" | "password" | "file" | "url" | "email"} [type]
 * @property {any} [value]
 * @property {string | HTMLElement} [hint]
 * @property {boolean} [required]
 * @property {(string | {value: string, label: string})[]} [options] of a select
 * @property {Record<string, any>} [props] further attributes of the control
 */

const TOAST_MS = 6_000;

/**
 * Say something in passing; it leaves by itself, unless it went wrong or something can be done about it.
 * @param {string} text
 * @param {{kind?: "info" | "good" | "bad", action?: {label: string, run: () => unknown}}} [options]
 */
export function toast(text, { kind = "info", action } = {}) {
  const close = () => told.remove();
  const told = h(
    "div",
    { class: `toast ${kind}`, role: kind === "bad" ? "alert" : "status" },
    h("span", null, text),
    action && h("button", { type: "button", onclick: () => (close(), action.run()) }, action.label),
    (kind === "bad" || action) && h("button", { type: "button", "aria-label": "Dismiss", onclick: close }, icon("close")),
  );
  toastPlace().append(told);
  if (kind !== "bad" && !action) setTimeout(close, TOAST_MS);
  return close;
}

function toastPlace() {
  const there = document.querySelector(".toasts");
  if (there) return there;
  const place = h("div", { class: "toasts", role: "region", "aria-label": "Messages" });
  document.body.append(place);
  return place;
}

/**
 * Open a dialog with some content; the answer is what it was closed with, null by Escape. While something in it is being
 * sent it stays open: whoever closed it would not hear what came of that.
 * @param {string} title
 * @param {(close: (answer: any) => void) => import("./dom.js").Children} content
 * @param {{wide?: boolean, firm?: boolean}} [options] firm: Escape does not close it
 * @returns {Promise<any>}
 */
export function dialog(title, content, { wide = false, firm = false } = {}) {
  return new Promise((resolve) => {
    const heading = newId("dialog");
    const before = document.activeElement;
    /** At once, and once: whoever waits for the answer goes on before anything else is pressed. */
    const close = (/** @type {any} */ answer) => {
      if (!box.isConnected) return;
      box.close();
      box.remove();
      if (before instanceof HTMLElement) before.focus();
      resolve(answer);
    };
    const box = h(
      "dialog",
      {
        class: wide ? "wide" : "",
        "aria-labelledby": heading,
        oncancel: (/** @type {Event} */ event) => (firm || box.querySelector("[aria-busy=true]")) && event.preventDefault(),
        onclose: () => close(null),
      },
      h("div", { class: "dialog" }, h("h2", { id: heading }, title), content(close)),
    );
    document.body.append(box);
    box.showModal();
  });
}

/**
 * Ask for a yes; the question says what would happen, the button what is done.
 * @param {{title: string, body?: import("./dom.js").Children, action?: string, danger?: boolean}} asked
 * @returns {Promise<boolean>}
 */
export async function confirm({ title, body, action = "Go on", danger = false }) {
  const answer = await dialog(title, (close) => [
    h("div", null, body),
    h(
      "div",
      { class: "buttons" },
      button("Cancel", () => close(false)),
      button(action, () => close(true), { kind: danger ? "danger" : "primary" }),
    ),
  ]);
  return answer === true;
}

/**
 * A button. For as long as its work goes on it is pressed in vain: nothing is done twice.
 * @param {string} label
 * @param {(event: MouseEvent) => unknown} work
 * @param {{kind?: "primary" | "danger" | "plain" | "", icon?: string, hideLabel?: boolean, small?: boolean, props?: Record<string, any>}} [options]
 */
export function button(label, work, { kind = "", icon: drawn, hideLabel = false, small = false, props = {} } = {}) {
  /** @param {MouseEvent} event */
  async function press(event) {
    if (element.ariaBusy === "true") return event.stopPropagation();
    const working = work(event);
    if (!(working instanceof Promise)) return;
    element.ariaBusy = element.ariaDisabled = "true"; // and not disabled, which would take the focus away
    await working.finally(() => (element.ariaBusy = element.ariaDisabled = null));
  }

  const element = h(
    "button",
    {
      type: "button",
      class: `button ${kind}${hideLabel ? " only-icon" : ""}${small ? " small" : ""}`,
      "aria-label": hideLabel ? label : null,
      title: hideLabel ? label : null,
      onclick: press,
      ...props,
    },
    drawn && icon(drawn),
    !hideLabel && label,
  );
  return element;
}

/**
 * A form. While it is sent its buttons wait; a problem is told in it, beside the field where the server names one.
 * @param {Field[]} fields
 * @param {{submit: (values: Record<string, any>) => unknown, label?: string, cancel?: () => unknown}} options
 */
export function form(fields, { submit, label = "Save", cancel }) {
  const told = h("div", null);
  const send = h("button", { type: "submit", class: "button primary" }, label);
  const leave = cancel && button("Cancel", cancel);
  const element = h("form", { class: "form", novalidate: true }, fields.map(fieldElement), told, h("div", { class: "buttons" }, send, leave));

  /** @param {boolean} busy */
  function wait(busy) {
    element.ariaBusy = busy ? "true" : null;
    for (const each of [send, leave]) if (each) each.disabled = busy;
  }

  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    replace(told);
    for (const fault of element.querySelectorAll(".fault")) fault.textContent = "";
    if (!element.checkValidity()) return tellMissing(element);
    wait(true);
    try {
      await submit(valuesOf(element, fields));
    } catch (error) {
      tellFaults(element, error);
      replace(told, problemBox(error));
    } finally {
      wait(false);
    }
  });
  return element;
}

/** @param {Field} field */
function fieldElement(field) {
  const id = newId("field");
  const type = field.type ?? "text";
  const about = `${id}-about`;
  const shared = {
    id,
    name: field.name,
    required: field.required,
    "aria-describedby": about,
    ...field.props,
  };
  if (type === "checkbox") {
    return h(
      "div",
      { class: "field" },
      h("label", { class: "check" }, h("input", { type, checked: Boolean(field.value), ...shared }), field.label),
      h("span", { class: "hint", id: about }, field.hint),
    );
  }
  let control;
  if (type === "select") {
    control = h("select", { class: "input", ...shared }, (field.options ?? []).map((option) => optionOf(option, field.value)));
  } else if (type === "textarea") {
    control = h("textarea", { class: "input", ...shared, value: field.value ?? "" });
  } else {
    control = h("input", { class: "input", type, ...shared });
    if (type !== "file" && field.value !== null && field.value !== undefined) control.value = String(field.value);
  }
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, field.label),
    control,
    h("span", { id: about }, field.hint && h("span", { class: "hint" }, field.hint), h("span", { class: "fault", "data-for": field.name })),
  );
}

/**
 * @param {string | {value: string, label: string}} option
 * @param {any} chosen
 */
function optionOf(option, chosen) {
  const { value, label } = typeof option === "string" ? { value: option, label: option } : option;
  return h("option", { value, selected: value === chosen }, label);
}

/**
 * @param {HTMLFormElement} element
 * @param {Field[]} fields
 */
function valuesOf(element, fields) {
  /** @type {Record<string, any>} */
  const values = {};
  for (const { name, type } of fields) {
    const control = element.elements.namedItem(name);
    if (control instanceof HTMLInputElement && type === "checkbox") values[name] = control.checked;
    else if (control instanceof HTMLInputElement && type === "file") values[name] = [...(control.files ?? [])];
    else if (control instanceof HTMLInputElement && type === "number") values[name] = control.value === "" ? null : Number(control.value);
    else if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement || control instanceof HTMLTextAreaElement) {
      values[name] = control.value.trim();
      if (type === "password") values[name] = control.value;
    }
  }
  return values;
}

/** @param {HTMLFormElement} element */
function tellMissing(element) {
  let first = true;
  for (const control of element.querySelectorAll("input, select, textarea")) {
    const checked = /** @type {HTMLInputElement} */ (control);
    if (checked.checkValidity()) continue;
    const fault = element.querySelector(`.fault[data-for="${CSS.escape(checked.name)}"]`);
    if (fault) fault.textContent = checked.validity.valueMissing ? "This is needed." : checked.validationMessage;
    if (first) checked.focus();
    first = false;
  }
}

/**
 * @param {HTMLFormElement} element
 * @param {unknown} error
 */
function tellFaults(element, error) {
  const faults = error instanceof Problem ? (error.more.errors ?? []) : [];
  for (const { field, message } of faults) {
    const fault = element.querySelector(`.fault[data-for="${CSS.escape(field)}"]`);
    if (fault) fault.textContent = message;
  }
}

/** How far some work is: `update({done, total, doing})`; without a total it only moves. */
export function progress() {
  const bar = h("progress", { "aria-label": "Progress" });
  const told = h("span", { class: "small quiet", role: "status" });
  return {
    element: h("div", { class: "progress" }, bar, told),
    /** @param {{done?: number, total?: number, doing?: string}} now */
    update({ done, total, doing }) {
      if (total) {
        bar.max = total;
        bar.value = done ?? 0;
      } else {
        bar.removeAttribute("value");
      }
      told.textContent = doing ?? "";
    },
  };
}

/**
 * Tell a problem: what, what to do, and each field that is at fault.
 * @param {unknown} problem
 */
export function problemBox(problem) {
  const known = problem instanceof Problem ? problem : new Problem({ detail: String(/** @type {any} */ (problem)?.message ?? problem) });
  const errors = known.more.errors ?? [];
  return h(
    "div",
    { class: "notice bad", role: "alert", "data-code": known.code },
    icon("warning"),
    h(
      "div",
      null,
      h("strong", null, known.detail),
      known.hint && h("span", null, known.hint),
      errors.length > 0 && h("ul", null, errors.map((/** @type {any} */ error) => h("li", null, `${error.field}: ${error.message}`))),
      known.more.request_id && h("span", { class: "small quiet" }, ` (request ${known.more.request_id})`),
    ),
  );
}

/**
 * A notice that stays.
 * @param {"info" | "good" | "warn" | "bad"} kind
 * @param {...import("./dom.js").Children} content
 */
export function notice(kind, ...content) {
  const drawn = { info: "info", good: "check", warn: "warning", bad: "warning" }[kind];
  return h("div", { class: `notice ${kind}` }, icon(drawn), h("div", null, content));
}

/**
 * Where there is nothing: what that means, and what to do next.
 * @param {{title: string, body?: import("./dom.js").Children, actions?: HTMLElement[]}} given
 */
export function empty({ title, body, actions = [] }) {
  return h(
    "div",
    { class: "empty" },
    h("h3", null, title),
    body && h("p", null, body),
    actions.length > 0 && h("div", { class: "row wrap" }, actions),
  );
}

/**
 * Tabs; each has a label and makes its content when it is first shown.
 * @param {{id: string, label: string, content: () => import("./dom.js").Children}[]} all
 * @param {{chosen?: string, label?: string, onChange?: (id: string) => void}} [options]
 */
export function tabs(all, { chosen = all[0]?.id, label = "Views", onChange } = {}) {
  const body = h("div", { role: "tabpanel", tabindex: "0", id: newId("tab") });
  const heads = all.map((tab) =>
    h("button", { type: "button", role: "tab", "aria-controls": body.id, onclick: () => show(tab.id) }, tab.label),
  );
  const list = h("div", { class: "tabs", role: "tablist", "aria-label": label, onkeydown: move }, heads);

  /** @param {KeyboardEvent} event */
  function move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = heads.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const next = heads[(at + step + heads.length) % heads.length];
    next.focus();
    next.click();
  }

  /** @param {string} id */
  function show(id) {
    all.forEach((tab, index) => {
      const on = tab.id === id;
      heads[index].setAttribute("aria-selected", String(on));
      heads[index].tabIndex = on ? 0 : -1;
      if (on) requestAnimationFrame(() => heads[index].scrollIntoView({ block: "nearest", inline: "nearest" }));
      if (on) replace(body, tab.content());
      if (on) body.setAttribute("aria-label", tab.label);
    });
    if (id !== chosen) onChange?.(id);
    chosen = id;
  }

  show(chosen);
  return h("div", { class: "stack" }, list, body);
}

export const ui = { button, confirm, dialog, empty, form, notice, problemBox, progress, table, tabs, toast };
