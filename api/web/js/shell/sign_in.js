/** The page before anybody has signed in. */

import { h, replace } from "../core/dom.js";
import { signInForm } from "../core/session.js";

/**
 * Show it in place of everything; resolves once somebody has signed in.
 * @returns {Promise<void>}
 */
export function showSignIn() {
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
          signInForm(resolve),
        ),
      ),
    );
    document.querySelector("input")?.focus();
  });
}
