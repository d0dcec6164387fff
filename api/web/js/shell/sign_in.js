/** The page before anybody has signed in. */

import { h, replace } from "../core/dom.js";
import { session, signInForm } from "../core/session.js";
import { notice } from "../core/ui.js";

const LINK = "#sign-in=";

/**
 * Sign in by the link that led here, if one did; the token leaves the address before anything else happens.
 * @returns {Promise<"" | "done" | "refused">}
 */
export async function followLink() {
  if (!location.hash.startsWith(LINK)) return "";
  const token = location.hash.slice(LINK.length);
  history.replaceState(null, "", location.pathname);
  return (await session.signInByLink(token)) ? "done" : "refused";
}

/**
 * Show it in place of everything; resolves once somebody has signed in.
 * @param {{about?: string}} [options] about: why a link did not let in
 * @returns {Promise<void>}
 */
export function showSignIn({ about } = {}) {
  return new Promise((resolve) => {
    replace(
      document.body,
      h(
        "div",
        { class: "sign-in" },
        h(
          "main",
          null,
          h("header", { class: "stack" }, h("h1", null, "fibermap"), h("p", { class: "quiet" }, "Sign in to see where fiber is, and where it will be.")),
          about && notice("warn", about),
          signInForm(resolve),
        ),
      ),
    );
    document.querySelector("input")?.focus();
  });
}
