// @ts-check
// The table of rate, errors and durations of each operation.
import { get } from "./api.js";
import { count, duration, h, paced, show } from "./dom.js";

/** @type {[string, string, (o: any) => number | string][]} */
const columns = [
  ["operation", "", (o) => o.label], ["calls", "num", (o) => o.calls], ["rate", "num", (o) => o.rate_per_second ?? 0],
  ["errors", "num", (o) => o.error_rate], ["p50", "num", (o) => o.durations?.p50_ns ?? -1], ["p95", "num", (o) => o.durations?.p95_ns ?? -1],
  ["p99", "num", (o) => o.durations?.p99_ns ?? -1], ["max", "num", (o) => o.durations?.max_ns ?? -1], ["self p50", "num", (o) => o.self_times?.p50_ns ?? -1],
];

export class OperationsView extends HTMLElement {
  constructor() {
    super();
    this.order = 0;
    this.descending = false;
    this.later = paced(async () => { if (this.isConnected) await this.load(); }, 1000);
  }

  connectedCallback() {
    this.className = "view";
  }

  /** @param {string} _id @param {URLSearchParams} params */
  visit(_id, params) {
    this.params = Object.fromEntries(params);
    void this.load();
  }

  changed() {
    this.later();
  }

  async load() {
    try {
      this.data = await get("operations", this.params);
      this.draw();
    } catch (error) {
      show(this, h("p", { class: "notice error" }, /** @type {Error} */ (error).message));
    }
  }

  draw() {
    const { operations, extent } = this.data;
    const value = columns[this.order][2];
    const sorted = [...operations].sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (this.descending ? -1 : 1));
    const text = (/** @type {number | string} */ v, /** @type {number} */ i) => {
      if (typeof v === "string") return v;
      if (i === 1) return v.toLocaleString("en");
      if (i === 2) return v ? `${Number(v.toPrecision(3))}/s` : "?";
      if (i === 3) return `${Number((100 * v).toPrecision(3))}%`;
      return v < 0 ? "?" : duration(v);
    };
    show(this, h("div", { class: "scroll stack", tabindex: 0, role: "region", "aria-label": "Operations" }, h("h1", {}, "Operations"),
      h("p", { class: "muted" }, `Rate, errors and durations of ${count(extent.spans, "span")} of ${count(extent.traces, "trace")}.`),
      h("table", {},
        h("thead", {}, h("tr", {}, columns.map(([name, c], i) => h("th", { class: c, "aria-sort": i === this.order ? (this.descending ? "descending" : "ascending") : null },
          h("button", { class: "quiet", onclick: () => this.sort(i) }, name, i === this.order ? (this.descending ? " ↓" : " ↑") : ""))))),
        h("tbody", {}, sorted.map((o) => h("tr", {}, columns.map(([, c, of], i) => h("td", { class: `${i ? c : "key"} ${i === 3 && o.errors ? "bad" : ""}` },
          i ? text(of(o), i) : h("a", { href: `#/traces?${new URLSearchParams({ operation: o.label })}` }, o.label)))))))));
  }

  /** @param {number} column */
  sort(column) {
    this.descending = column === this.order ? !this.descending : column > 0;
    this.order = column;
    this.draw();
  }
}
