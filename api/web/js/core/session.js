/** Who is signed in, and the dialog that signs in again when a session has run out in the middle of something. */

import { api, onSessionOver, Problem, useToken } from "./api.js";
import { h } from "./dom.js";
import { dialog, form } from "./ui.js";

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} name
 * @property {string[]} scopes
 */

export const session = {
  /** @type {User | null} */
  user: null,

  /**
   * Whether the person may do what needs a scope: `read`, `plan`, `admin`.
   * @param {string} scope
   */
  may: (scope) => session.user?.scopes.includes(scope) ?? false,

  /** Take up a session that the browser still has; answers whether there is one. */
  async resume() {
    const response = await fetch("/v1/session", { credentials: "same-origin" });
    if (response.status === 401) return false;
    if (!response.ok) throw new Problem({ status: response.status, detail: "The server is not ready." });
    take(await response.json());
    return true;
  },

  /**
   * @param {string} name
   * @param {string} password
   */
  async signIn(name, password) {
    const response = await fetch("/v1/session", {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, password }),
    });
    const told = await response.json();
    if (!response.ok) throw new Problem({ status: response.status, ...told, detail: wording(response.status, told) });
    take(told);
  },

  /** End the session, and begin anew with the sign-in. */
  async signOut() {
    await api.del("/v1/session");
    location.reload();
  },
};

/** @param {any} told */
function take({ id, name, scopes, csrf_token }) {
  session.user = { id, name, scopes };
  useToken(csrf_token);
}

/**
 * @param {number} status
 * @param {any} told
 */
function wording(status, told) {
  return status === 401 ? "The name or the password is not right." : told.detail;
}

/**
 * The fields of a sign-in.
 * @param {() => unknown} done
 */
export function signInForm(done) {
  return form(
    [
      { name: "name", label: "Name", required: true, props: { autocomplete: "username", autofocus: true, autocapitalize: "none", spellcheck: "false" } },
      { name: "password", label: "Password", type: "password", required: true, props: { autocomplete: "current-password" } },
    ],
    {
      label: "Sign in",
      submit: async ({ name, password }) => {
        await session.signIn(name, password);
        done();
      },
    },
  );
}

/** @type {Promise<boolean> | null} */
let asking = null;

onSessionOver(() => {
  asking ??= dialog(
    "Sign in to go on",
    (close) => [h("p", { class: "quiet" }, "Your session has run out. What you were doing is kept and goes on after you sign in."), signInForm(() => close(true))],
    { firm: true },
  ).then((answer) => {
    asking = null;
    return answer === true;
  });
  return asking;
});
