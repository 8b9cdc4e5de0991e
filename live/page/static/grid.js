// @ts-check
// A grid that draws only the rows that are seen, and requests only them: of a list of traces or of a tree of spans, with
// any number of rows. It is a grid or a treegrid of WAI-ARIA. The grid has the focus, and names its active row.
import { h, show } from "./dom.js";

const windowSize = 100; // rows of one request
const keptWindows = 40;
const maxPrinted = 1000; // rows
const maxHeight = 6_000_000; // pixels; browsers limit the height of an element

/**
 * @typedef {object} GridConfig
 * @property {"grid" | "treegrid"} role
 * @property {string} label
 * @property {string} class
 * @property {HTMLElement[]} head the column headers
 * @property {(from: number, to: number, signal: AbortSignal) => Promise<{total: number, rows: any[]}>} load
 * @property {(row: any, index: number) => HTMLElement} draw
 * @property {(row: any, keyboard: boolean) => void} open by Enter or a click
 * @property {(event: KeyboardEvent, row: any, index: number) => boolean} [key] reports whether it has handled a key
 * @property {(index: number, row: any) => void} [moved] the active row has changed
 * @property {(first: number, last: number, total: number) => void} [seen]
 */

export class Grid {
  /** @param {GridConfig} config */
  constructor(config) {
    this.config = config;
    this.total = 0;
    this.active = 0;
    this.generation = 0;
    this.rowHeight = 28; // pixels
    this.viewHeight = 0;
    this.printing = false;
    /** @type {Map<number, any[]>} */
    this.windows = new Map();
    /** @type {Map<number, AbortController>} */
    this.loading = new Map();
    this.layer = h("div", { class: "layer", role: "rowgroup" });
    this.space = h("div", { class: "space", role: "presentation" }, this.layer);
    this.body = h("div", { class: "body", role: "presentation", onscroll: () => this.schedule() }, this.space);
    this.element = h("div", {
      class: `grid ${config.class}`, role: config.role, "aria-label": config.label, tabindex: 0, "aria-rowcount": -1,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
    }, h("div", { role: "rowgroup" }, h("div", { class: "head", role: "row", "aria-rowindex": 1 }, config.head)), this.body);
    this.body.addEventListener("click", (event) => this.click(event));
    new ResizeObserver(() => this.measure()).observe(this.body);
    addEventListener("resize", () => this.measure());
    // On paper there is no scrolling: all rows that are loaded are drawn, up to a number of pages.
    const print = (/** @type {boolean} */ on) => {
      this.printing = on;
      this.draw(); // at once: a frame later is too late
    };
    addEventListener("beforeprint", () => print(true));
    addEventListener("afterprint", () => print(false));
  }

  /** Measures when sizes change, as measuring while drawing would lay out the page each time. */
  measure() {
    this.rowHeight = 1.75 * parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.viewHeight = this.body.clientHeight;
    this.setTotal(this.total);
    this.schedule();
  }

  /**
   * Forgets what is loaded, and loads the seen rows again.
   * @param {boolean} [same] they are the same rows as before or nearly so, and are shown until the others are there
   */
  async reload(same = true) {
    this.generation++;
    for (const controller of this.loading.values()) controller.abort();
    this.loading.clear();
    this.stale = same ? this.windows : undefined;
    this.windows = new Map();
    await this.request(this.firstSeen());
  }

  firstSeen() {
    return Math.min(Math.max(Math.floor(this.top() / this.rowHeight), 0), Math.max(this.total - 1, 0));
  }

  /** The top of what is seen, in pixels from the first row: a scroll bar of a million rows is a scaled one. */
  top() {
    const height = this.total * this.rowHeight;
    const view = this.viewHeight;
    if (height <= maxHeight) return this.body.scrollTop;
    return (this.body.scrollTop / (maxHeight - view)) * (height - view);
  }

  /** @param {number} top */
  scrollTo(top) {
    const height = this.total * this.rowHeight;
    const view = this.viewHeight;
    this.body.scrollTop = height <= maxHeight ? top : (top / (height - view)) * (maxHeight - view);
  }

  schedule() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  /** @param {number} index */
  row(index) {
    const at = Math.floor(index / windowSize);
    return (this.windows.get(at) ?? this.stale?.get(at))?.[index % windowSize];
  }

  /** Returns the first loaded row that a test holds for. @param {(row: any) => boolean} test */
  find(test) {
    return [...this.windows.values()].flat().find(test);
  }

  /**
   * Loads the window of a row, unless it is there or on its way.
   * @param {number} index
   */
  async request(index) {
    const at = Math.floor(index / windowSize);
    if (this.windows.has(at) || this.loading.has(at)) return;
    const controller = new AbortController();
    const generation = this.generation;
    this.loading.set(at, controller);
    try {
      const { total, rows } = await this.config.load(at * windowSize, (at + 1) * windowSize, controller.signal);
      if (generation !== this.generation) return;
      this.windows.set(at, rows);
      if (this.windows.size > keptWindows) this.windows.delete(/** @type {number} */ (this.windows.keys().next().value));
      this.setTotal(total);
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      if (this.loading.get(at) === controller) this.loading.delete(at);
    }
    this.schedule();
  }

  /** Loads the rows that would be printed, one window after the other. */
  async loadPrinted() {
    const generation = this.generation;
    for (let i = windowSize; i < Math.min(this.total, maxPrinted) && generation === this.generation; i += windowSize) await this.request(i);
  }

  /** @param {number} total */
  setTotal(total) {
    this.total = total;
    this.active = Math.min(this.active, Math.max(total - 1, 0));
    this.element.setAttribute("aria-rowcount", String(total + 1));
    const height = Math.min(total * this.rowHeight, maxHeight);
    this.space.style.height = `${height}px`;
  }

  draw() {
    const printed = this.printing ? Math.min(this.total, maxPrinted) : 0;
    const rowHeight = this.rowHeight;
    const top = printed ? 0 : this.top();
    const first = Math.max(Math.floor(top / rowHeight) - 2, 0);
    const last = printed || Math.min(Math.ceil((top + this.viewHeight) / rowHeight) + 2, this.total);
    const rows = [];
    let missing = -1;
    for (let i = first; i < last; i++) {
      const row = this.row(i);
      if (printed && !row) break;
      if (!this.windows.has(Math.floor(i / windowSize))) missing = i;
      const element = row ? this.config.draw(row, i) : h("div", { class: "row", role: "row" }, h("div", { class: "cell muted", role: "gridcell" }, "…"));
      element.id = `row-${i}`;
      element.style.top = `${Math.round(i * rowHeight - top)}px`;
      element.setAttribute("aria-rowindex", String(i + 2));
      element.dataset.index = String(i);
      if (i === this.active) {
        element.classList.add("active");
        element.setAttribute("aria-selected", "true");
      }
      rows.push(element);
    }
    show(this.layer, rows);
    if (rows.length && this.active >= first && this.active < last) {
      this.element.setAttribute("aria-activedescendant", `row-${this.active}`);
    } else {
      this.element.removeAttribute("aria-activedescendant");
    }
    if (missing >= 0) {
      for (const [at, controller] of this.loading) { // those that have been scrolled past
        if (at < Math.floor(first / windowSize) || at > Math.floor(last / windowSize)) {
          controller.abort();
          this.loading.delete(at);
        }
      }
      void this.request(first);
      void this.request(Math.max(last - 1, 0));
    }
    this.config.seen?.(first, last, this.total);
  }

  /** @param {number} index */
  move(index) {
    if (!this.total) return;
    this.active = Math.min(Math.max(index, 0), this.total - 1);
    const rowHeight = this.rowHeight;
    const at = this.active * rowHeight;
    const top = this.top();
    if (at < top) this.scrollTo(at);
    else if (at + rowHeight > top + this.viewHeight) this.scrollTo(at + rowHeight - this.viewHeight);
    this.schedule();
    this.config.moved?.(this.active, this.row(this.active));
  }

  /** @param {number} index */
  center(index) {
    this.active = index;
    this.scrollTo(Math.max(index * this.rowHeight - this.viewHeight / 2, 0));
    this.schedule();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.element) return;
    const row = this.row(this.active);
    const page = Math.max(Math.floor(this.viewHeight / this.rowHeight) - 1, 1);
    const to = {
      ArrowDown: this.active + 1, ArrowUp: this.active - 1, Home: 0, End: this.total - 1, PageDown: this.active + page,
      PageUp: this.active - page,
    }[event.key];
    if (row && this.config.key?.(event, row, this.active)) event.preventDefault();
    else if (to !== undefined) {
      this.move(to);
      event.preventDefault();
    } else if (event.key === "Enter" && row) {
      this.config.open(row, true);
      event.preventDefault();
    }
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {Element} */ (event.target);
    const element = /** @type {HTMLElement | null} */ (target.closest(".row"));
    if (!element?.dataset.index || target.closest("button, a")) return;
    const index = Number(element.dataset.index);
    this.move(index);
    const row = this.row(index);
    if (row) this.config.open(row, false);
  }
}
