/** The portal: check an address, see what is sold there, order it, and follow the order. Works without a map. */

import { api, useCredentials } from "../core/api.js";
import { h, replace } from "../core/dom.js";
import { problemBox } from "../core/ui.js";
import { letGo, makeTurns } from "../core/wanted.js";
import { findStep } from "./find.js";
import { followStep } from "./follow.js";
import { resultStep } from "./result.js";

/**
 * What the steps share.
 * @typedef {object} Shop
 * @property {any} portal what the operator says: name, consent, terms, support
 * @property {(title: string, ...content: import("../core/dom.js").Children[]) => void} show put a step on the page
 * @property {(checked: any) => unknown} settled go on with an address that is settled
 * @property {() => void} again begin anew
 * @property {(token: string) => unknown} follow go to what a link leads to
 * @property {() => AbortSignal} turn begin to ask for a step: it is wanted until another is asked for, or shown
 * @property {<T>(work: Promise<T>) => Promise<T>} sent wait for what was sent; nobody leaves the step before that is told
 */

const FOLLOW = /^#follow=([\w-]{10,64})$/;
const asked = new URLSearchParams(location.search);
const system = matchMedia("(prefers-color-scheme: dark)");
const main = h("main", { class: "portal-step", id: "step" });
const turns = makeTurns();
let drawn = false;

useCredentials("omit"); // whoever works here is a visitor here, like everybody

function drawTheme() {
  const wanted = asked.get("theme");
  document.documentElement.dataset.theme = wanted === "light" || wanted === "dark" ? wanted : system.matches ? "dark" : "light";
}

/**
 * @param {string} title
 * @param {...import("../core/dom.js").Children} content
 */
function show(title, ...content) {
  turns.end();
  const heading = h("h1", { tabindex: "-1" }, title);
  replace(main, heading, ...content);
  document.title = title;
  document.body.dataset.portal = "idle";
  if (drawn) heading.focus(); // whoever listens hears where they are; at the start the page itself is read
  drawn = true;
  scrollTo(0, 0);
}

/**
 * @template T
 * @param {Promise<T>} work
 */
async function sent(work) {
  const at = document.activeElement;
  main.inert = true;
  try {
    return await work;
  } finally {
    main.inert = false;
    if (at instanceof HTMLElement) at.focus();
  }
}

/** Tell the page around how high this one is, so that it need not scroll by itself. */
function tellHeight() {
  if (parent !== window) parent.postMessage({ fibermapHeight: document.documentElement.offsetHeight }, "*");
}

/** @param {any} portal */
function frameOf(portal) {
  return [
    !asked.get("embedded") && h("header", { class: "portal-head" }, h("p", { class: "portal-name" }, portal.name)),
    main,
    h(
      "footer",
      { class: "portal-foot" },
      portal.support && h("p", null, portal.support),
      portal.privacy_url && h("p", null, h("a", { href: portal.privacy_url, target: "_blank", rel: "noopener" }, "Privacy")),
    ),
  ];
}

async function begin() {
  drawTheme();
  system.addEventListener("change", drawTheme);
  try {
    const portal = await api.get("/v1/portal");
    replace(document.body, h("a", { class: "skip", href: "#step" }, "Skip to the content"), frameOf(portal));
    /** @type {Shop} */
    const shop = {
      portal,
      show,
      sent,
      turn: turns.next,
      settled: (checked) => resultStep(shop, checked),
      again: () => {
        history.replaceState(null, "", location.pathname + location.search);
        findStep(shop);
      },
      follow: (token) => {
        history.replaceState(null, "", `#follow=${token}`);
        return followStep(shop, token);
      },
    };
    const go = () => {
      const [, token] = FOLLOW.exec(location.hash) ?? [];
      return token ? followStep(shop, token) : findStep(shop);
    };
    addEventListener("hashchange", go);
    new ResizeObserver(tellHeight).observe(document.documentElement);
    await go();
  } catch (problem) {
    replace(document.body, main);
    show("Nothing here just now", problemBox(problem));
  }
}

letGo();
begin();
