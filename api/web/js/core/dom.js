/** Elements, made with text as text and nothing as markup. */

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Child | readonly any[]} Children lists may lie in lists
 */

const AS_PROPERTY = new Set(["value", "checked", "disabled", "selected", "indeterminate", "open"]);

/**
 * Make an element.
 *
 * `class`, `on...` (listeners) and the names in `AS_PROPERTY` are set as what they are, everything else as an
 * attribute; null, undefined and false leave it out. Inline styles do not pass the page's policy and are refused.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any> | null} [props]
 * @param {...Children} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children);
  return element;
}

/**
 * Put other children in place of the ones that are there.
 * @template {Element} E
 * @param {E} element
 * @param {...Children} children
 * @returns {E}
 */
export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/**
 * Put other children in place of those that are not as they are to be; the others stay, so that what is being pressed is
 * not taken away in the middle of it. What their listeners do has to follow from what they say.
 * @param {Element} element
 * @param {...Children} children
 */
export function update(element, ...children) {
  const wanted = nodes(children);
  wanted.forEach((node, index) => {
    const there = element.childNodes[index];
    if (!there) element.append(node);
    else if (!there.isEqualNode(node)) there.replaceWith(node);
  });
  while (element.childNodes.length > wanted.length) element.lastChild?.remove();
}

/**
 * @param {Element} element
 * @param {Children[]} children
 */
function append(element, children) {
  element.append(...nodes(children));
}

/**
 * @param {Children[]} children
 * @returns {ChildNode[]}
 */
function nodes(children) {
  const given = /** @type {Child[]} */ (children.flat(9)).filter((child) => child !== null && child !== undefined && child !== false);
  return given.map((child) => /** @type {ChildNode} */ (child instanceof Node ? child : document.createTextNode(String(child))));
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {any} value
 */
function setProp(element, name, value) {
  if (value === null || value === undefined) return;
  if (name.startsWith("on") && typeof value === "function") {
    element.addEventListener(name.slice(2).toLowerCase(), value);
    return;
  }
  if (name.startsWith("on") || name === "style") throw new TypeError(`${name} does not pass the page's policy`);
  if (AS_PROPERTY.has(name)) {
    /** @type {any} */ (element)[name] = value;
  } else if (typeof value !== "boolean" || name.startsWith("aria-")) {
    element.setAttribute(name, String(value));
  } else if (value) {
    element.setAttribute(name, "");
  }
}

let made = 0;

/**
 * Return an id that no other element has, for labels.
 * @param {string} [start]
 */
export function newId(start = "id") {
  made += 1;
  return `${start}-${made}`;
}
