// @ts-check
// Small helpers around the DOM. Texts become text nodes, never HTML.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Creates an element. Properties that begin with "on" are listeners, "class" and names with a hyphen are attributes,
 * the rest are attributes too, unless the value is false, null or undefined.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  return /** @type {HTMLElement} */ (fill(document.createElement(tag), props, children));
}

/**
 * Creates an element of SVG.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Child | Child[])} children
 * @returns {SVGElement}
 */
export function s(tag, props, ...children) {
  return /** @type {SVGElement} */ (fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children));
}

/**
 * @param {Element} element
 * @param {Record<string, any> | undefined} props
 * @param {(Child | Child[])[]} children
 */
function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") /** @type {HTMLInputElement} */ (element).value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child === false || child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/**
 * Replaces the children of an element.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function show(element, ...children) {
  element.replaceChildren();
  fill(element, {}, children);
}

/**
 * Shows a message for a while. It is read by screen readers.
 * @param {string} text
 */
export function toast(text) {
  document.querySelector(".toast")?.remove();
  const element = h("div", { class: "toast", role: "status" }, text);
  document.body.append(element);
  setTimeout(() => element.remove(), 4000);
}

/** @param {number} n @param {string} noun */
export const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

/** The class of a service's color. @param {number} service */
export const color = (service) => `var(--s${((service % 8) + 8) % 8})`;

/**
 * A duration with three digits, as the terminal prints it.
 * @param {number} ns
 */
export function duration(ns) {
  const digits = (/** @type {number} */ v) => v.toFixed(v < 9.995 ? 2 : v < 99.95 ? 1 : 0);
  if (ns < 1e3) return `${ns}ns`;
  if (ns < 1e6) return `${digits(ns / 1e3)}µs`;
  if (ns < 1e9) return `${digits(ns / 1e6)}ms`;
  if (ns < 60e9) return `${digits(ns / 1e9)}s`;
  return `${Math.floor(ns / 60e9)}m${Math.round((ns % 60e9) / 1e9)}s`;
}

/**
 * Unix nanoseconds as a local time with milliseconds.
 * @param {string} nano
 */
export function time(nano) {
  if (nano === "0") return "?";
  const date = new Date(Number(BigInt(nano) / 1000000n));
  const pad = (/** @type {number} */ n, width = 2) => String(n).padStart(width, "0");
  return `${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${pad(date.getHours())}:${pad(date.getMinutes())}:` +
    `${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

/** @param {string} text @param {string} what */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  } catch {
    const area = /** @type {HTMLTextAreaElement} */ (h("textarea", {}, text));
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    toast(done ? `${what} copied` : `${what} could not be copied: the browser doesn't allow it`);
  }
}

/**
 * Returns a function that calls another one: at once, but not before it has been done for a while since the last time, and
 * never twice at a time. So a page follows what changes all the time without doing nothing else.
 * @param {() => Promise<void>} run
 * @param {number} pause in milliseconds
 * @returns {(wait?: number) => void} takes a time to wait for at least
 */
export function paced(run, pause) {
  let last = -Infinity;
  let busy = false, again = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const later = (wait = 0) => {
    if (busy) again = true;
    if (busy || timer) return;
    timer = setTimeout(async () => {
      timer = undefined;
      busy = true;
      try {
        await run();
      } finally {
        busy = false;
        last = performance.now();
        if (again) later();
        again = false;
      }
    }, Math.max(wait, last + pause - performance.now(), 0));
  };
  return later;
}
