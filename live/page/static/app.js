// @ts-check
// The frame of the page: navigation, the stream of changes, uploads, keys. Each view is an element of its own, made when
// its address is visited. Addresses are in the fragment, so that they are permalinks on a server and in a file.
import { offline, post, subscribe } from "./api.js";
import { count, h, show, toast } from "./dom.js";
import { ChallengeView } from "./challenge.js";
import { CompareView } from "./compare.js";
import { ListView } from "./list.js";
import { MapView } from "./map.js";
import { OperationsView } from "./operations.js";
import { ScenariosView } from "./scenarios.js";
import { TraceView } from "./trace.js";

/**
 * A view gets the parameters of its address and the changes of the store.
 * @typedef {HTMLElement & {visit(id: string, params: URLSearchParams): void, changed?(change: any): void}} View
 */

/** @type {[string, string, new () => View][]} */
const views = [
  ["traces", "Traces", ListView],
  ["map", "Service map", MapView],
  ["operations", "Operations", OperationsView],
  ["compare", "Compare", CompareView],
  ["scenarios", "Scenarios", ScenariosView],
  ["challenge", "Challenge", ChallengeView],
  ["trace", "", TraceView],
];

const keys = [
  ["↑ ↓ Home End PgUp PgDn", "move through rows"],
  ["→ ←", "expand or collapse; to the row above"],
  ["Enter", "open a trace, or a span's details"],
  ["Escape", "close the details; back to the list"],
  ["letters", "in a tree: go to the next span with this text"],
  ["Alt + f", "next finding"],
  ["Alt + l", "follow the span's first link, out or in"],
  ["Alt + g", "show equal siblings of a row, or one row for all"],
  ["c", "in the list: mark for comparison"],
  ["?", "this help"],
];

class App extends HTMLElement {
  connectedCallback() {
    /** @type {Map<string, View>} */
    this.views = new Map();
    this.links = views.filter(([name, title]) => title && this.has(name)).map(([name, title]) =>
      h("a", { href: `#/${name}` }, title));
    this.status = h("span", { class: "status", role: "status" });
    this.main = h("main", { id: "main", tabindex: -1 });
    const theme = h("button", { "aria-label": "Light or dark", title: "Light or dark", onclick: () => this.theme() }, "◐");
    const size = h("button", { "aria-pressed": "false", title: "Larger, for a projector", onclick: () => this.projector(size) },
      "Projector");
    this.help = /** @type {HTMLDialogElement} */ (h("dialog", { "aria-label": "Keys" }, h("div", { class: "stack" },
      h("h2", {}, "Keys"),
      h("table", {}, h("tbody", {}, keys.map(([key, what]) => h("tr", {}, h("td", {}, h("kbd", {}, key)), h("td", {}, what))))),
      h("form", { method: "dialog" }, h("button", { class: "primary" }, "Close")))));
    show(this,
      h("a", { class: "skip", href: "#main", onclick: (/** @type {Event} */ e) => { e.preventDefault(); this.main?.focus(); } }, "Skip to content"),
      h("header", { class: "top" },
        h("a", { class: "brand", href: "#/traces" }, h("img", { src: offline ? offline.answers.icon : "icon.svg", alt: "" }), "tracelab"),
        h("nav", { class: "main", "aria-label": "Views" }, this.links), this.status, size, theme,
        h("button", { title: "Keys", "aria-label": "Keys", onclick: () => this.help?.showModal() }, "?")),
      this.main, this.help);
    addEventListener("hashchange", () => this.route());
    addEventListener("keydown", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (event.key === "?" && !target.matches("input, select, textarea")) this.help?.showModal();
    });
    this.uploads();
    this.restore();
    if (offline) this.status.textContent = "saved file";
    subscribe((change) => {
      this.stats(change.stats);
      for (const view of this.views?.values() ?? []) if (view.isConnected) view.changed?.(change);
    }, (state) => {
      if (this.status) this.status.dataset.state = state;
      if (state === "lost" && this.status) this.status.textContent = "connection lost, trying again";
    });
    this.route();
  }

  /** @param {string} name */
  has(name) {
    return !offline || !["scenarios", "compare", "challenge"].includes(name);
  }

  route() {
    const hash = location.hash.replace(/^#\/?/, "");
    if (hash === "main") return;
    const [path, query] = hash.split("?", 2);
    const [name, id] = path.split("/", 2);
    const found = views.find(([view]) => view === name && this.has(view));
    const [key, title, View] = found ?? views[0];
    let view = this.views?.get(key);
    if (!view) {
      view = new View();
      this.views?.set(key, view);
    }
    if (this.main?.firstChild !== view) show(/** @type {Element} */ (this.main), view);
    for (const link of this.links ?? []) {
      if (link.getAttribute("href") === `#/${key}`) {
        link.setAttribute("aria-current", "page");
        link.scrollIntoView({ block: "nearest", inline: "nearest" }); // in a narrow window, the links are wider than it
      } else link.removeAttribute("aria-current");
    }
    document.title = title ? `${title} · tracelab` : "tracelab";
    view.visit(id ?? "", new URLSearchParams(query ?? ""));
  }

  /** @param {any} stats */
  stats(stats) {
    if (!this.status) return;
    const dropped = Object.values(stats.spans_dropped).reduce((/** @type {number} */ sum, /** @type {any} */ n) => sum + n, 0);
    this.status.textContent = `${count(stats.traces, "trace")}, ${count(stats.spans_kept, "span")}` +
      (dropped ? `, ${count(Number(dropped), "span")} dropped` : "");
    this.status.title = Object.entries(stats.spans_dropped).map(([reason, n]) => `${reason}: ${n}`).join("\n");
  }

  theme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remember("theme", root.dataset.theme);
    dispatchEvent(new Event("resize")); // canvases are drawn again
  }

  /** @param {HTMLElement} button */
  projector(button) {
    const root = document.documentElement;
    const on = root.dataset.size !== "projector";
    if (on) root.dataset.size = "projector";
    else delete root.dataset.size;
    button.setAttribute("aria-pressed", String(on));
    dispatchEvent(new Event("resize"));
  }

  restore() {
    try {
      const theme = localStorage.getItem("tracelab-theme");
      if (theme) document.documentElement.dataset.theme = theme;
    } catch { /* storage is off: the system's choice holds */ }
  }

  uploads() {
    if (offline) return;
    let depth = 0;
    const hint = h("div", { class: "drop" }, "Drop trace files to show them");
    const inside = (/** @type {DragEvent} */ event, /** @type {number} */ by) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      depth += by;
      if (depth > 0) document.body.append(hint);
      else hint.remove();
    };
    addEventListener("dragenter", (event) => inside(event, 1));
    addEventListener("dragleave", (event) => inside(event, -1));
    addEventListener("dragover", (event) => inside(event, 0));
    addEventListener("drop", (event) => {
      depth = 1;
      inside(event, -1);
      void upload([...(event.dataTransfer?.files ?? [])]);
    });
  }
}

/** @param {string} name @param {string} value */
function remember(name, value) {
  try {
    localStorage.setItem(`tracelab-${name}`, value);
  } catch { /* storage is off */ }
}

/** @param {File[]} files */
export async function upload(files) {
  for (const file of files) {
    try {
      const result = await post(`traces?name=${encodeURIComponent(file.name)}`, file);
      const warnings = result.warnings.length ? `. ${result.warnings.join("; ")}` : "";
      toast(`${file.name}: ${count(result.spans, "span")} of ${count(result.traces, "trace")}${warnings}`);
      if (files.length === 1 && result.traces === 1) location.hash = `#/trace/${result.trace_ids[0]}`;
    } catch (error) {
      toast(`${file.name}: ${/** @type {Error} */ (error).message}`);
    }
  }
}

for (const [name, , View] of views) customElements.define(`tl-${name}`, View);
customElements.define("tl-app", App);
