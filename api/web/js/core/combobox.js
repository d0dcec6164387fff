/** A box with a list of what is found while somebody types: one that is worked by keyboard alone, and told to whoever listens. */

import { h, newId, replace } from "./dom.js";
import { makeTurns } from "./wanted.js";

/**
 * @template T
 * @typedef {object} Options
 * @property {string} label what the list is called
 * @property {(typed: string, signal: AbortSignal) => Promise<T[]>} ask finds what fits
 * @property {(one: T) => import("./dom.js").Children} draw fills a row of the list
 * @property {(one: T) => unknown} choose takes what was chosen
 * @property {Record<string, any>} props further attributes of the input
 * @property {string} [look] the class of the list
 * @property {number} [pauseMs] how long nothing is typed before it asks
 * @property {number} [shortest] the shortest text that it asks about
 * @property {-1 | 0} [first] the row that Enter takes before an arrow is pressed; -1: none, so that Enter sends the form
 * @property {(problem: unknown) => string} [onProblem] what is said where asking failed; without it nothing
 * @property {string} [nothing] what is said where nothing fits; without it nothing
 */

/**
 * Make the input and its list. What was found for something else than what is typed now is not shown, and not taken.
 * @template T
 * @param {Options<T>} options
 */
export function combobox({ label, ask, draw, choose, props, look = "found", pauseMs = 120, shortest = 1, first = 0, onProblem, nothing }) {
  const list = h("ul", { id: newId("found"), role: "listbox", "aria-label": label, class: look, hidden: true });
  const told = h("span", { class: "only-read", role: "status" });
  const input = h("input", {
    class: "input",
    role: "combobox",
    spellcheck: "false",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    ...props,
    oninput: wait,
    onfocus: () => shown.length && typed() && open(true),
    onblur: () => open(false),
    onkeydown: press,
  });
  /** @type {T[]} */
  let shown = [];
  let at = -1;
  let timer = 0;
  let isAsked = false; // whether what is typed is still being looked for
  let isEager = false; // whether Enter was pressed meanwhile
  const turns = makeTurns();

  const typed = () => input.value.trim();

  function wait() {
    turns.end();
    clearTimeout(timer);
    timer = setTimeout(find, pauseMs);
    isAsked = true;
    isEager = false;
    at = -1; // what is listed is of what was typed before
    mark();
  }

  /** Ask for nothing any more, and close the list. */
  function stop() {
    turns.end();
    clearTimeout(timer);
    isAsked = isEager = false;
    open(false);
  }

  async function find() {
    const signal = turns.next();
    if (typed().length < shortest) return show([]);
    try {
      const found = await ask(typed(), signal);
      if (!signal.aborted) show(found, nothing);
    } catch (problem) {
      if (!signal.aborted) show([], onProblem?.(problem));
    }
  }

  /**
   * @param {T[]} found
   * @param {string} [instead] what is said where nothing is found
   */
  function show(found, instead) {
    shown = found;
    isAsked = false;
    if (isEager && found.length) return take(found[0]);
    at = found.length ? first : -1;
    replace(list, found.length ? found.map(row) : instead && h("li", { class: "quiet nothing", role: "option", "aria-disabled": "true" }, instead));
    told.textContent = found.length ? `${found.length} found` : (instead ?? "");
    open(list.children.length > 0 && input === document.activeElement); // whoever has left the box is not interrupted
    mark();
  }

  /**
   * @param {T} one
   * @param {number} index
   */
  function row(one, index) {
    const keepFocus = (/** @type {Event} */ event) => event.preventDefault();
    return h("li", { id: `${list.id}-${index}`, role: "option", onpointerdown: keepFocus, onclick: () => take(one) }, draw(one));
  }

  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${list.id}-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {boolean} on */
  function open(on) {
    list.hidden = !on;
    input.setAttribute("aria-expanded", String(on));
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      at = (Math.max(at, step > 0 ? -1 : 0) + step + shown.length) % shown.length;
      open(true);
      mark();
    } else if (event.key === "Enter" && at >= 0 && !list.hidden) {
      take(shown[at]);
    } else if (event.key === "Enter" && isAsked && first === 0) {
      isEager = true;
    } else if (event.key === "Escape" && !list.hidden) {
      open(false);
    } else return;
    event.preventDefault();
  }

  /** @param {T} one */
  function take(one) {
    stop();
    choose(one);
  }

  return { input, list, told, stop };
}
