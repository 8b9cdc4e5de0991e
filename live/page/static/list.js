// @ts-check
// The list of traces: live, with filters, and a histogram of durations to brush.
import { get, offline, query } from "./api.js";
import { count, duration, h, paced, s, show, time, toast } from "./dom.js";
import { Grid } from "./grid.js";

const filters = ["service", "operation", "where", "trace", "min_duration", "max_duration", "error", "sort"];

export class ListView extends HTMLElement {
  constructor() {
    super();
    this.params = new URLSearchParams();
    this.paused = false;
    /** @type {string[]} */
    this.marked = [];
    this.longest = 1;
    this.range = [0, 0]; // buckets that are chosen
    /** Loads again, but not more often than a person can follow. */
    this.later = paced(async () => { if (!this.paused && this.isConnected) await this.refresh(); }, 300);
    this.brushing = false; // a range of durations is being selected
  }

  connectedCallback() {
    if (this.grid) return;
    this.className = "view";
    const field = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ hint, short = false) =>
      h("label", { class: "field" }, label, h("input", {
        name, placeholder: hint, class: short ? "short" : "", autocomplete: "off", spellcheck: "false", onchange: () => this.filter(),
      }));
    this.services = h("select", { name: "service", onchange: () => this.filter() }, h("option", { value: "" }, "all"));
    this.form = /** @type {HTMLFormElement} */ (h("form", {
      class: "bar", role: "search", onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); this.filter(); },
    },
      h("label", { class: "field" }, "Service", this.services), field("operation", "Operation contains", "POST /tasks"),
      field("where", "Attribute", "http.route=/tasks"), field("min_duration", "At least", "100ms", true),
      field("max_duration", "At most", "2s", true), field("trace", "Trace ID", "4bf92f…", true),
      h("label", { class: "field" }, "Order", h("select", { name: "sort", onchange: () => this.filter() },
        [["", "newest first"], ["duration", "longest first"], ["errors", "most errors"], ["spans", "most spans"]]
          .map(([value, text]) => h("option", { value }, text)))),
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "error", onchange: () => this.filter() }), "failed"),
      h("button", { type: "submit" }, "Search"),
      h("button", { type: "button", onclick: () => { location.hash = "#/traces"; } }, "Clear")));
    this.pause = h("button", { type: "button", "aria-pressed": "false", hidden: !!offline, onclick: () => this.toggle() }, "Pause");
    this.found = h("h1", { class: "sr", "aria-live": "polite" }, "Traces");
    this.summary = h("span", { class: "muted grow" });
    this.compare = h("button", { hidden: true, onclick: () => this.openCompare() });
    this.brush = this.makeBrush();
    this.axis = h("div", { class: "axis" });
    this.histogram = h("div", { class: "histogram", hidden: true }, this.brush, this.axis);
    this.grid = new Grid({
      role: "grid", label: "Traces", class: "list",
      head: [["started", "wide"], ["trace", ""], ["", "wide"], ["duration", "num"], ["spans", "num wide"], ["failed", "num"], ["findings", ""], ["", "wide"]]
        .map(([text, c]) => h("div", { role: "columnheader", class: `cell ${c}` }, text || h("span", { class: "sr" }, c === "wide" ? "more" : ""))),
      load: (from, to, signal) => this.load(from, to, signal),
      draw: (row) => this.row(row),
      open: (row) => { location.hash = `#/trace/${row.trace_id}`; },
      key: (event, row) => {
        if (event.key !== "c") return false;
        this.mark(row.trace_id);
        return true;
      },
    });
    this.none = h("div", { class: "empty", hidden: true });
    show(this, this.found, this.form, this.histogram, h("div", { class: "bar tight" }, this.summary, this.compare, this.pause, offline ? null : this.file()), this.grid.element, this.none);
    addEventListener("resize", () => this.drawHistogram());
  }

  file() {
    const input = h("input", {
      type: "file", multiple: true, hidden: true, "aria-label": "Trace files", onchange: async (/** @type {Event} */ event) => {
        const target = /** @type {HTMLInputElement} */ (event.target);
        const { upload } = await import("./app.js");
        await upload([...(target.files ?? [])]);
        target.value = "";
      },
    });
    return h("span", {}, input, h("button", { type: "button", onclick: () => input.click() }, "Open files…"));
  }

  /** @param {string} _id @param {URLSearchParams} params */
  visit(_id, params) {
    this.params = params;
    for (const name of filters) {
      const input = /** @type {HTMLInputElement | null} */ (this.form?.elements.namedItem(name));
      if (!input) continue;
      if (input.type === "checkbox") input.checked = params.get(name) === "true";
      else input.value = params.get(name) ?? "";
    }
    void this.refresh(true);
    this.grid?.element.focus();
  }

  /** The address has the filters, so that it can be shared. */
  filter() {
    const params = new URLSearchParams();
    for (const [name, value] of new FormData(/** @type {HTMLFormElement} */ (this.form))) {
      const text = name === "error" ? "true" : String(value).trim();
      if (text) params.set(name, text);
    }
    const hash = `#/traces?${params}`;
    if (location.hash !== hash) location.hash = hash;
    else void this.refresh(true);
  }

  conditions() {
    return Object.fromEntries(this.params);
  }

  /** @param {number} from @param {number} to @param {AbortSignal} signal */
  async load(from, to, signal) {
    const result = await get("traces", { ...this.conditions(), from, limit: to - from }, signal);
    if (result.stale) this.later(600);
    for (const row of result.traces) this.longest = Math.max(this.longest, row.duration_ns ?? 0);
    return { total: result.total, rows: result.traces };
  }

  /** @param {boolean} [filtered] the filters are others */
  async refresh(filtered = false) {
    if (filtered) {
      this.longest = 1;
      if (this.grid) this.grid.scrollTo(0);
    }
    try {
      const [durations, services] = await Promise.all([
        get("durations", { ...this.conditions(), min_duration: "", max_duration: "" }), get("services"), this.grid?.reload(!filtered),
      ]);
      this.durations = durations;
      this.drawHistogram();
      this.fillServices(services.services);
      this.say();
    } catch (error) {
      this.fail(/** @type {Error} */ (error));
    }
  }

  /** @param {Error} error */
  fail(error) {
    if (this.summary) show(this.summary, h("span", { class: "bad", role: "alert" }, error.message));
  }

  /** @param {string[]} services */
  fillServices(services) {
    const chosen = this.params.get("service") ?? "";
    const names = services.includes(chosen) || !chosen ? services : [chosen, ...services];
    show(/** @type {Element} */ (this.services), h("option", { value: "" }, "all"), names.map((name) => h("option", { value: name, selected: name === chosen }, name)));
  }

  say() {
    const total = this.grid?.total ?? 0;
    const filtered = [...this.params.keys()].some((name) => name !== "sort");
    show(/** @type {Element} */ (this.summary), filtered ? `${count(total, "trace")} match` : count(total, "trace"), this.paused ? ", paused" : "");
    const none = total === 0;
    const grid = /** @type {HTMLElement} */ (this.grid?.element);
    const empty = /** @type {HTMLElement} */ (this.none);
    grid.hidden = none;
    empty.hidden = !none;
    if (none && filtered) show(empty, h("h2", {}, "No trace matches the filters"), h("p", {}, "Clear them to see all traces."));
    else if (none) {
      show(empty, h("h2", {}, "No traces yet"),
        h("p", {}, "Run a ", h("a", { href: "#/scenarios" }, "scenario"), ", drop a trace file on this page, or point an exporter at tracelab serve:"),
        h("pre", {}, "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"));
    }
  }

  toggle() {
    this.paused = !this.paused;
    this.pause?.setAttribute("aria-pressed", String(this.paused));
    this.say();
    if (!this.paused) void this.refresh();
  }

  /** @param {any} change */
  changed(change) {
    if (!change.traces.length && !change.missed) return;
    this.later();
  }

  /** @param {any} row */
  row(row) {
    const width = row.duration_ns ? Math.max(1 + Math.log10(row.duration_ns / this.longest) / 3, 0.01) : 0;
    const bar = h("i");
    bar.style.width = `${100 * width}%`;
    const marked = this.marked.includes(row.trace_id);
    return h("div", { class: `row ${row.errors ? "failed" : ""}`, role: "row" },
      h("div", { class: "cell mono small wide", role: "gridcell" }, time(row.start_unix_nano)),
      h("div", { class: "cell", role: "gridcell" }, row.label,
        row.services.length > 1 ? h("span", { class: "muted small" }, `  ${row.services.length} services`) : "",
        row.settled ? "" : [" ", h("span", { class: "badge info", title: "More spans may come" }, "open")],
        row.cut ? h("span", { class: "badge warning" }, `${row.cut} spans cut`) : ""),
      h("div", { class: "cell wide", role: "gridcell" }, h("div", { class: "dur", title: "on a logarithmic scale of a factor of 1000" }, bar)),
      h("div", { class: "cell num", role: "gridcell" }, row.duration),
      h("div", { class: "cell num wide", role: "gridcell" }, row.spans.toLocaleString("en")),
      h("div", { class: `cell num ${row.errors ? "bad" : "muted"}`, role: "gridcell" }, row.errors || "–"),
      h("div", { class: "cell", role: "gridcell" }, !row.checked ? h("span", { class: "muted small" }, "not checked") :
        row.findings ? h("span", { class: `badge ${row.worst}` }, count(row.findings, "finding")) : h("span", { class: "muted small" }, "none")),
      h("div", { class: "cell wide", role: "gridcell" }, h("button", {
        class: "quiet small", tabindex: -1, "aria-pressed": String(marked), title: "Mark for comparison (c)", onclick: () => this.mark(row.trace_id),
      }, marked ? "marked" : "compare")));
  }

  /** @param {string} id */
  mark(id) {
    this.marked = this.marked.includes(id) ? this.marked.filter((other) => other !== id) : [...this.marked, id].slice(-2);
    const button = /** @type {HTMLElement} */ (this.compare);
    button.hidden = this.marked.length === 0;
    button.textContent = this.marked.length === 2 ? "Compare the marked traces" : "1 marked: mark another one to compare";
    button.toggleAttribute("disabled", this.marked.length < 2);
    if (this.marked.length === 2) toast("Two traces are marked: press the button to compare them");
    this.grid?.schedule();
  }

  openCompare() {
    const [before, after] = this.marked;
    location.hash = `#/compare?${query({ before, after })}`;
  }

  drawHistogram() {
    const element = this.histogram;
    const buckets = this.durations?.buckets ?? [];
    if (!element || !this.brush || !this.axis || this.brushing) return; // it would be taken away from the pointer
    element.hidden = buckets.length < 2;
    if (buckets.length < 2) return;
    const most = Math.max(...buckets.map((/** @type {any} */ b) => b.count));
    const n = buckets.length;
    const height = (/** @type {number} */ c) => (c ? Math.max((100 * c) / most, 3) : 0);
    const bars = buckets.flatMap((/** @type {any} */ b, /** @type {number} */ i) => [
      s("rect", { class: "ok", x: i + 0.06, y: 100 - height(b.count), width: 0.88, height: height(b.count) },
        s("title", {}, `${b.text} to ${duration(b.to_ns)}: ${b.count} traces, ${b.errors} failed`)),
      b.errors ? s("rect", { class: "failed", x: i + 0.06, y: 100 - height(b.errors), width: 0.88, height: height(b.errors) }) : null,
    ]);
    this.band = s("rect", { class: "brush", x: 0, y: 0, width: 0, height: 100 });
    show(this.brush, s("svg", { viewBox: `0 0 ${n} 100`, preserveAspectRatio: "none", "aria-hidden": "true" }, bars, this.band));
    this.brush.setAttribute("aria-valuemax", String(n - 1));
    show(this.axis, h("span", {}, buckets[0].text), h("span", { class: "hint" }, "drag, or use the arrow keys with Shift and Enter, to select durations"), h("span", {}, duration(buckets[n - 1].to_ns)));
    this.choose(0, n - 1);
    this.band.setAttribute("width", "0"); // nothing is chosen yet
  }

  /** Shows a range of buckets as chosen. @param {number} from @param {number} to */
  choose(from, to) {
    const buckets = this.durations?.buckets ?? [];
    const within = (/** @type {number} */ i) => Math.min(Math.max(i, 0), buckets.length - 1);
    this.range = [within(Math.min(from, to)), within(Math.max(from, to))];
    const [first, last] = this.range;
    this.band?.setAttribute("x", String(first));
    this.band?.setAttribute("width", String(last - first + 1));
    this.brush?.setAttribute("aria-valuenow", String(first));
    this.brush?.setAttribute("aria-valuetext", `${buckets[first].text} to ${duration(buckets[last].to_ns)}`);
  }

  /** Filters by the chosen range, or forgets it. @param {boolean} apply */
  brushed(apply) {
    this.brushing = false;
    const buckets = this.durations?.buckets ?? [];
    const [from, to] = this.range;
    if (apply) this.set({ min_duration: `${buckets[from].from_ns}ns`, max_duration: `${buckets[to].to_ns}ns` });
    else this.drawHistogram();
  }

  /** The histogram's brush is a slider, for the pointer and for the keyboard. */
  makeBrush() {
    const brush = h("div", {
      class: "slider", role: "slider", tabindex: 0, "aria-label": "Range of durations", "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0,
    });
    let from = -1;
    const at = (/** @type {PointerEvent} */ event) => {
      const box = brush.getBoundingClientRect();
      return Math.floor(((event.clientX - box.left) / box.width) * (this.durations?.buckets.length ?? 1));
    };
    brush.addEventListener("pointerdown", (event) => {
      this.brushing = true;
      from = at(event);
      brush.setPointerCapture(event.pointerId);
      this.choose(from, from);
    });
    brush.addEventListener("pointermove", (event) => { if (from >= 0) this.choose(from, at(event)); });
    const end = (/** @type {boolean} */ apply) => {
      if (from >= 0) this.brushed(apply);
      from = -1;
    };
    brush.addEventListener("pointercancel", () => end(false));
    brush.addEventListener("pointerup", () => end(true));
    brush.addEventListener("blur", () => { if (this.brushing && from < 0) this.brushed(false); });
    brush.addEventListener("keydown", (event) => {
      const last = (this.durations?.buckets.length ?? 1) - 1;
      const [a, b] = this.brushing ? this.range : [0, 0];
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (event.key === "Enter" && this.brushing) this.brushed(true);
      else if (event.key === "Escape" && this.brushing) this.brushed(false);
      else if (step || event.key === "Home" || event.key === "End") {
        const first = !this.brushing; // the first key begins at the first bucket
        this.brushing = true;
        if (event.key === "Home") this.choose(0, event.shiftKey ? b : 0);
        else if (event.key === "End") this.choose(event.shiftKey ? a : last, last);
        else if (first) this.choose(0, 0);
        else if (event.shiftKey) this.choose(a, Math.max(b + (step ?? 0), a));
        else if (a + (step ?? 0) >= 0 && b + (step ?? 0) <= last) this.choose(a + (step ?? 0), b + (step ?? 0));
      } else {
        return;
      }
      event.preventDefault();
    });
    return brush;
  }

  /** @param {Record<string, string>} values */
  set(values) {
    for (const [name, value] of Object.entries(values)) this.params.set(name, value);
    location.hash = `#/traces?${this.params}`;
  }
}
