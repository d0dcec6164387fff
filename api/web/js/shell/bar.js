/** The bar above: the mark, the place for the search box, the theme, help, and who is signed in. */

import { h } from "../core/dom.js";
import { icon } from "../core/icons.js";
import { choosePassword, session } from "../core/session.js";
import { theme } from "../core/theme.js";
import { button } from "../core/ui.js";
import { openHelp } from "./help.js";
import { settings } from "./settings.js";
import { showSignIn } from "./sign_in.js";

/** Make the bar. `#search` in it is where the search box goes. */
export function makeBar() {
  const assets = document.querySelector('meta[name="fibermap-assets"]')?.getAttribute("content") ?? "";
  const light = button("Change to the other theme", () => theme.toggle(), { kind: "plain", icon: "moon", hideLabel: true });
  const draw = () => light.replaceChildren(icon(theme.current === "dark" ? "sun" : "moon"));
  theme.on(draw);
  draw();
  return h(
    "header",
    { class: "bar" },
    h("h1", { class: "brand" }, h("img", { src: `${assets}/img/mark.svg`, alt: "" }), h("span", null, settings.title || "fibermap")),
    h("div", { class: "search", id: "search" }),
    h(
      "div",
      { class: "ends" },
      h("div", { id: "bar-extras", class: "row" }),
      light,
      button("Help and keys", openHelp, { kind: "plain", icon: "help", hideLabel: true }),
      session.isVisitor ? button("Sign in", showSignInAgain) : userMenu(),
    ),
  );
}

async function showSignInAgain() {
  await showSignIn();
  location.reload();
}

function userMenu() {
  const opener = button("Your account", toggle, { kind: "plain", icon: "user", hideLabel: true, props: { "aria-expanded": "false", "aria-haspopup": "true" } });
  const menu = h(
    "div",
    { class: "menu", hidden: true },
    h("p", { class: "small quiet" }, "Signed in as ", h("strong", null, session.user?.name ?? "")),
    h("button", { type: "button", onclick: () => (toggle(), choosePassword()) }, "Change password"),
    h("button", { type: "button", onclick: () => session.signOut() }, "Sign out"),
  );

  function toggle() {
    menu.hidden = !menu.hidden;
    opener.setAttribute("aria-expanded", String(!menu.hidden));
    if (!menu.hidden) menu.querySelector("button")?.focus();
  }

  const holder = h("div", { class: "menu-holder" }, opener, menu);
  holder.addEventListener("focusout", (event) => {
    if (!menu.hidden && !holder.contains(/** @type {Node | null} */ (event.relatedTarget))) toggle();
  });
  holder.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    event.preventDefault();
    toggle();
    opener.focus();
  });
  return holder;
}
