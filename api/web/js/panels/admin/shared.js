/** What the tabs of the administration have in common. */

import { h, replace } from "../../core/dom.js";
import { isLetGo, makeTurns } from "../../core/wanted.js";

/** @typedef {import("../../types.js").Ctx} Ctx */

/**
 * Show a secret that is shown this once, with a button that copies it.
 * @param {Ctx} ctx
 * @param {{title: string, about: string, secret: string}} told
 */
export function showOnce(ctx, { title, about, secret }) {
  return ctx.ui.dialog(
    title,
    (close) => [
      h("p", null, about),
      h("input", { class: "input", readonly: true, "aria-label": title, value: secret, onfocus: (/** @type {any} */ event) => event.target.select() }),
      h(
        "div",
        { class: "buttons" },
        ctx.ui.button("Copy", () => copy(ctx, secret), { icon: "copy" }),
        ctx.ui.button("I have kept it", () => close(true), { kind: "primary" }),
      ),
    ],
    { firm: true },
  );
}

/**
 * @param {Ctx} ctx
 * @param {string} text
 */
async function copy(ctx, text) {
  try {
    await navigator.clipboard.writeText(text);
    ctx.ui.toast("Copied.", { kind: "good" });
  } catch {
    ctx.ui.toast("The browser does not let this page copy: select the text and copy it yourself.", { kind: "bad" });
  }
}

/**
 * Return a link to this server for somebody else.
 * @param {string} path
 */
export function whole(path) {
  return new URL(path, location.href).href;
}

/** @type {WeakMap<HTMLElement, ReturnType<typeof makeTurns>>} */
const fillings = new WeakMap();

/**
 * Fill a place with what some work returns, or with the problem that it met; only what it is filled with last counts.
 * @param {HTMLElement} place
 * @param {Ctx} ctx
 * @param {() => Promise<import("../../core/dom.js").Children>} work
 */
export async function fill(place, ctx, work) {
  const turns = fillings.get(place) ?? makeTurns();
  fillings.set(place, turns);
  const signal = turns.next();
  try {
    const content = await work();
    if (!signal.aborted) replace(place, content);
  } catch (problem) {
    if (!signal.aborted) replace(place, ctx.ui.problemBox(problem));
  }
}

/**
 * Do something that a button asks for; what goes wrong is told in passing.
 * @param {Ctx} ctx
 * @param {() => Promise<unknown>} work
 */
export async function attempt(ctx, work) {
  try {
    await work();
  } catch (problem) {
    if (!isLetGo(problem)) ctx.ui.toast(problem instanceof Error ? problem.message : String(problem), { kind: "bad" });
  }
}

/**
 * @param {string} word
 * @param {"" | "good" | "warn" | "bad"} [kind]
 */
export function tag(word, kind = "") {
  return h("span", { class: `tag ${kind}` }, word);
}
