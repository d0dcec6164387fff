/** Keys: bound in one place, so that the help can list them. */

/**
 * @typedef {object} Binding
 * @property {string} key as in `Escape`, `/`, `Shift+L`, `Mod+z` (Mod is Ctrl, or Command on a Mac)
 * @property {(event: KeyboardEvent) => unknown} work answers false where the key was not for it
 * @property {string} label
 * @property {string} scope where it works, for the help
 */

/** @type {Binding[]} */
const bindings = [];

export const keys = {
  /**
   * Bind a key; the latest binding of a key goes first. Returns how to free it.
   * @param {string} key
   * @param {(event: KeyboardEvent) => unknown} work
   * @param {{label?: string, scope?: string}} [options]
   */
  bind(key, work, { label = "", scope = "Everywhere" } = {}) {
    const binding = { key, work, label, scope };
    bindings.unshift(binding);
    return () => {
      const index = bindings.indexOf(binding);
      if (index >= 0) bindings.splice(index, 1);
    };
  },

  /** Everything that has a label, in the order of binding. */
  list: () => bindings.filter((binding) => binding.label).reverse(),
};

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const pressed = nameOf(event);
  if (isTyping(event) && pressed !== "Escape" && !pressed.startsWith("Mod+")) return;
  if (document.querySelector("dialog[open]")) return; // what is open in front has keys of its own, Escape too
  for (const { key, work } of [...bindings]) {
    if (key !== pressed || work(event) === false) continue;
    event.preventDefault();
    return;
  }
});

/** @param {KeyboardEvent} event */
function nameOf(event) {
  const mod = event.ctrlKey || event.metaKey ? "Mod+" : "";
  const alt = event.altKey ? "Alt+" : "";
  const shift = event.shiftKey && /^([A-Za-z]|[A-Z][a-z]+)$/.test(event.key) ? "Shift+" : "";
  const key = event.key.length === 1 && (mod || shift) ? event.key.toLowerCase() : event.key;
  return mod + alt + shift + key;
}

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  if (at instanceof HTMLInputElement) return !["checkbox", "radio", "range", "button", "submit"].includes(at.type);
  return at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement || at.isContentEditable;
}
