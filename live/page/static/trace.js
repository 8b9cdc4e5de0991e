// @ts-check
// A trace: the tree with its waterfall, an overview, and the details of a span or the findings next to it. The server
// holds the tree; the page requests the rows that are seen.
import { address, get, offline, query } from "./api.js";
import { color, copy, count, duration, h, paced, show, toast } from "./dom.js";
import { findingsPanel } from "./findings.js";
import { Grid } from "./grid.js";
import { spanPanel } from "./span.js";

/** What the marks of a row mean. @type {Record<string, [string, string]>} */
const marks = {
  orphan: ["parent missing", "Its parent span is not here: it was not sent, not kept, or is still to come"],
  cycle: ["cycle", "Its parents lead back to itself"],
  duplicate: ["duplicate", "Another span has the same ID"],
};

export class TraceView extends HTMLElement {
  constructor() {
    super();
    this.id_ = "";
    this.params = new URLSearchParams();
    /** @type {any} */
    this.meta = null;
    /** @type {any[]} */
    this.findings = [];
    this.checked = 0; // the revision of the trace that the findings are of
    this.typed = "";
    this.findingsText = "";
    this.later = paced(() => this.isConnected ? this.refresh(true) : Promise.resolve(), 300);
    this.shown = ""; // the span whose details are open
  }

  connectedCallback() {
    if (this.grid) return;
    this.className = "view";
    const toggle = (/** @type {string} */ text, /** @type {string} */ name, /** @type {string} */ value, /** @type {string} */ title) =>
      h("button", { "aria-pressed": "false", "data-name": name, "data-value": value, title, onclick: () => this.set({ [name]: this.params.get(name) === value ? "" : value }) }, text);
    this.heading = h("h1");
    this.about = h("p", { class: "muted" });
    this.buttons = [
      toggle("All spans", "view", "full", "Show CLIENT spans that are folded into what they call"),
      offline ? null : toggle("Group equal", "group", "true", "Show equal siblings as one row"),
      toggle("Critical path", "critical", "true", "Mark what the trace waited for"),
    ];
    this.notices = h("div");
    this.canvas = /** @type {HTMLCanvasElement} */ (h("canvas", { "aria-hidden": "true" }));
    this.seenFrame = h("div", { class: "seen" });
    this.overview = h("div", { class: "overview" }, h("div", { class: "frame" }, this.canvas, this.seenFrame));
    this.canvas.addEventListener("pointerdown", (event) => this.jump(event));
    this.canvas.addEventListener("pointermove", (event) => { if (event.buttons) this.jump(event); });
    this.ticks = h("div", { class: "ticks" });
    this.grid = new Grid({
      role: "treegrid", label: "Spans", class: "trace",
      head: [h("div", { role: "columnheader", class: "cell" }, "span"), h("div", { role: "columnheader", class: "cell" }, this.ticks), h("div", { role: "columnheader", class: "cell num" }, "duration")],
      load: (from, to, signal) => this.load(from, to, signal),
      draw: (row) => this.row(row),
      open: (row, keyboard) => void this.open(row, keyboard),
      key: (event, row, index) => this.key(event, row, index),
      seen: (first, last, total) => this.seen(first, last, total),
    });
    this.panel = h("aside", { class: "panel", "aria-label": "Details", hidden: true, tabindex: 0 });
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    show(this,
      h("div", { class: "bar" },
        h("div", { class: "whole" }, this.heading, this.about),
        this.buttons,
        h("button", { title: "Expand everything", onclick: () => this.set({ depth: "", toggled: "" }) }, "Expand all"),
        h("button", { title: "Collapse everything", onclick: () => this.set({ depth: "1", toggled: "" }) }, "Collapse"),
        this.findingsButton = h("button", { onclick: () => this.showFindings() }, "Findings"),
        h("button", { onclick: () => this.copyTree(), title: "Copy the tree in the notation of tests" }, "Copy as text"),
        h("button", { onclick: () => copy(location.href, "Link") }, "Copy link"),
        offline ? null : this.textLink = h("a", { class: "button", title: "The tree as text: for a screen reader, or curl" }, "As text"),
        offline ? null : this.download = h("a", { class: "button", download: "" }, "Download")),
      this.notices, this.overview, h("div", { class: "split" }, this.grid.element, this.panel));
    addEventListener("resize", () => void this.drawOverview());
    this.addEventListener("keydown", (event) => {
      const action = { f: () => this.nextFinding(), l: () => this.follow(), g: () => this.groupActive() }[event.key];
      if (!event.altKey || !action) return;
      event.preventDefault();
      void action();
    });
  }

  /** Shows or hides the equal siblings of the active row. */
  groupActive() {
    const row = this.grid?.row(this.grid.active);
    if (row?.group) this.ungroup(row);
    else toast(this.params.get("group") ? "The row has no equal siblings" : "Equal siblings are not grouped: press Group equal first");
  }

  /** Goes to the next span with a finding, in the order of the findings. */
  nextFinding() {
    const spans = [...new Map(this.findings.filter((f) => f.span_id).map((f) => [f.span_id, f])).values()];
    if (!spans.length) {
      toast("No finding is about a single span");
      return;
    }
    const at = spans.findIndex((f) => f.span_id === this.shown);
    const next = spans[(at + 1) % spans.length];
    this.go(next.trace_id || this.id_, next.span_id);
  }

  /** Follows the first link of the active row's span, else the first link to it. */
  async follow() {
    const row = this.grid?.row(this.grid.active);
    if (!row) return;
    const { links, incoming } = await get(`traces/${row.trace_id}/spans/${row.span_id}`);
    const link = [...links, ...incoming].find((l) => l.here);
    if (link) this.go(link.trace_id, link.span_id);
    else toast("The span has no link to or from a span that is here");
  }

  view() {
    const { view, group, critical, depth, toggled, ungrouped } = Object.fromEntries(this.params);
    return { view, group, critical, depth, toggled, ungrouped };
  }

  /** @param {string} id @param {URLSearchParams} params */
  visit(id, params) {
    const other = id !== this.id_;
    const before = query(this.view());
    this.id_ = id;
    this.params = params;
    for (const button of this.buttons ?? []) {
      button?.setAttribute("aria-pressed", String(params.get(button.dataset.name ?? "") === button.dataset.value));
    }
    if (other) {
      this.meta = null;
      this.checked = 0;
      this.close(false);
      this.grid?.center(0);
      void this.start();
    } else {
      void this.update(before !== query(this.view()));
    }
  }

  /** Follows an address that leads to another view of this trace, or to another span. @param {boolean} view */
  async update(view) {
    const span = this.params.get("span") ?? "";
    if (view) await this.refresh(false);
    if (span && span !== this.shown) await this.locate(span);
    else if (!span && this.panelShows === "span") this.close(false);
  }

  async start() {
    const id = this.id_;
    const span = this.params.get("span");
    this.grid?.element.focus();
    await this.refresh(true, false);
    if (span && id === this.id_) await this.locate(span);
  }

  /** @param {boolean} checks @param {boolean} [same] it is the trace that was shown before */
  async refresh(checks, same = true) {
    const id = this.id_;
    try {
      this.meta = await get(`traces/${id}`, this.view());
      if (id !== this.id_) return;
      this.describe();
      if (checks && same && this.checked === this.meta.revision) return; // other traces have changed
      await this.grid?.reload(same);
      if (id !== this.id_) return;
      void this.drawOverview();
      if (checks) await this.check();
      if (id === this.id_) await this.grid?.loadPrinted();
    } catch (error) {
      show(/** @type {Element} */ (this.heading), "Trace not found");
      show(/** @type {Element} */ (this.about), /** @type {Error} */ (error).message);
    }
  }

  async check() {
    const id = this.id_;
    const { findings, revision } = await get(`traces/${id}/findings`);
    if (id !== this.id_) return;
    const first = !this.checked;
    this.findings = findings;
    this.checked = revision;
    if (first) await this.grid?.reload(); // the first rows have not waited for the checks
    if (id !== this.id_) return;
    show(/** @type {Element} */ (this.findingsButton), findings.length ? count(findings.length, "finding") : "No findings");
    this.grid?.schedule();
    const text = JSON.stringify(findings);
    const same = text === this.findingsText; // what is being read stays as it is
    this.findingsText = text;
    if (this.panelShows === "findings" && !same) this.showFindings();
  }

  describe() {
    const m = this.meta;
    show(/** @type {Element} */ (this.heading), m.label);
    document.title = `${m.label} · tracelab`;
    show(/** @type {Element} */ (this.about),
      `${m.duration} · ${count(m.spans, "span")} · ${count(m.services.length, "service")}${m.errors ? ` · ${m.errors} failed` : ""} · `,
      h("span", { class: "mono" }, m.trace_id));
    this.download?.setAttribute("href", address(m.trace_id, ".json"));
    this.textLink?.setAttribute("href", address(m.trace_id, ".tree", { view: this.params.get("view") }));
    const notice = (/** @type {string} */ text, kind = "") => h("p", { class: `notice ${kind}` }, text);
    show(/** @type {Element} */ (this.notices),
      m.settled || offline ? null : notice("This trace is still open: more spans may come."),
      m.cut ? notice(`${count(m.cut, "span")} of this trace were dropped for lack of memory: what is shown is incomplete.`, "error") : null,
      m.unlinked ? notice("More traces are linked with this one than are shown here.") : null,
      (m.clocks ?? []).map((/** @type {any} */ c) => notice(`By estimate, the clock of ${c.to} is ${c.text} ${c.ahead_ns < 0 ? "behind" : "ahead of"} that of ${c.from}.`)));
    const total = m.duration_ns ?? 0;
    show(/** @type {Element} */ (this.ticks), [0, 0.25, 0.5, 0.75, 1].map((part) => {
      const tick = h("span", {}, m.linked ? `${100 * part}%` : duration(Math.round(total * part)));
      tick.style.left = `${100 * part}%`;
      return tick;
    }));
  }

  /** @param {number} from @param {number} to @param {AbortSignal} signal */
  async load(from, to, signal) {
    return get(`traces/${this.id_}/rows`, { ...this.view(), from, to, findings: this.checked > 0 }, signal);
  }

  /** The findings with these indexes. @param {number[]} [indexes] */
  findingsOf(indexes) {
    return (indexes ?? []).map((i) => this.findings[i]).filter(Boolean);
  }

  /** @param {any} row */
  row(row) {
    const findings = this.findingsOf(row.findings);
    const worst = findings.find((f) => f.severity === "error") ?? findings[0];
    const twist = row.below ? h("button", {
      class: "twist", tabindex: -1, "aria-label": row.expanded ? "Collapse" : "Expand", onclick: () => this.toggle(row),
    }, row.expanded ? "▾" : "▸") : h("span", { class: "twist" });
    twist.style.marginLeft = `${Math.min(row.depth, 40) * 0.875}rem`;
    const actor = row.actor ?? "";
    const [rest, link] = split(row.text.slice(actor.length));
    const name = h("span", { class: "actor" }, actor);
    if (!row.failed) name.style.color = color(row.service);
    const gantt = h("div", { class: "gantt", role: "gridcell" });
    if (row.bar) {
      const bar = h("i");
      const [from, to] = row.bar;
      bar.style.left = `${100 * from}%`;
      bar.style.width = `${Math.max(100 * (to - from), 0.1)}%`;
      bar.style.background = row.failed ? "var(--error)" : color(row.service);
      gantt.append(bar);
      for (const [a, b] of row.critical ?? []) {
        const part = h("b");
        part.style.left = `${100 * a}%`;
        part.style.width = `${100 * (b - a)}%`;
        gantt.append(part);
      }
      if (row.note) {
        const note = h("span", { class: "note", title: row.note }, row.note);
        const after = 1 - to >= from; // on the side of the bar that has more room
        note.style[after ? "left" : "right"] = `${100 * (after ? to : 1 - from)}%`;
        note.style.maxWidth = `${100 * (after ? 1 - to : from)}%`;
        gantt.append(note);
      }
    } else {
      gantt.append(h("span", { class: "note" }, row.note || "no known time"));
    }
    return h("div", {
      class: `row ${row.failed ? "failed" : ""}`, role: "row", "aria-level": row.depth + 1, "aria-expanded": row.below ? String(row.expanded) : null,
    },
      h("div", { class: "label", role: "gridcell", title: row.text }, twist,
        h("span", { class: "text" }, name, rest), link ? h("span", { class: "linkmark" }, link) : "",
        row.group ? h("button", {
          class: "quiet badge", tabindex: -1, "aria-pressed": String(!row.grouped), onclick: () => this.ungroup(row),
          title: row.grouped ? `One row for ${row.group} equal siblings: show each (Alt + g)` : `The first of ${row.group} equal siblings: show one row for all (Alt + g)`,
        }, row.grouped ? `show ${row.group}` : `group ${row.group}`) : "",
        row.below && !row.expanded ? h("span", { class: "badge" }, `+${row.below.toLocaleString("en")}`) : "",
        row.from ? h("button", { class: "quiet linkmark", tabindex: -1, title: `${count(row.from.length, "span")} elsewhere link to this one`, onclick: () => row.from.length > 1 ? this.open(row, true) : this.go(row.from[0].trace_id, row.from[0].span_id) }, `↪ ${row.from.length}`) : "",
        row.unended ? h("span", { class: "badge warning" }, "not ended") : "",
        (row.marks ?? []).map((/** @type {string} */ mark) => marks[mark] ? h("span", { class: "badge warning", title: marks[mark][1] }, marks[mark][0]) : ""),
        row.skew ? h("span", { class: "badge warning", title: `By estimate, the clock of this process differs by ${row.skew} from its caller's: bars of the two can't be compared` }, `clock ${row.skew}`) : "",
        worst ? h("span", { class: `badge ${worst.severity} check`, title: worst.title }, worst.check) : "",
        row.kind === "internal" || row.kind === "unspecified" ? "" : h("span", { class: "kind" }, row.kind)),
      gantt,
      h("div", { class: "cell num", role: "gridcell" }, row.duration));
  }

  /** @param {Record<string, string>} values @param {boolean} [replace] */
  set(values, replace = false) {
    const params = new URLSearchParams(this.params);
    for (const [name, value] of Object.entries(values)) {
      if (value) params.set(name, value);
      else params.delete(name);
    }
    const hash = `#/trace/${this.id_}${params.size ? `?${params}` : ""}`;
    if (replace) {
      history.replaceState(null, "", hash);
      this.visit(this.id_, params);
    } else {
      location.hash = hash;
    }
  }

  /** @param {any} row */
  toggle(row) {
    const toggled = new Set((this.params.get("toggled") ?? "").split(",").filter(Boolean));
    if (!toggled.delete(row.span_id)) toggled.add(row.span_id);
    this.set({ toggled: [...toggled].join(",") }, true);
  }

  /** Shows the equal siblings of a row, or one row for all of them. @param {any} row */
  ungroup(row) {
    const ungrouped = new Set((this.params.get("ungrouped") ?? "").split(",").filter(Boolean));
    if (!ungrouped.delete(row.span_id)) ungrouped.add(row.span_id);
    this.set({ ungrouped: [...ungrouped].join(",") }, true);
  }

  /**
   * The keys of a treegrid.
   * @param {KeyboardEvent} event @param {any} row @param {number} index
   */
  key(event, row, index) {
    if (event.key.length > 1) this.typed = "";
    switch (event.key) {
      case "ArrowRight":
        if (row.below && !row.expanded) this.toggle(row);
        else if (row.below) this.grid?.move(index + 1);
        return true;
      case "ArrowLeft":
        if (row.below && row.expanded) this.toggle(row);
        else if (row.parent >= 0) this.grid?.move(row.parent);
        return true;
      case " ":
        if (row.below) this.toggle(row);
        return true;
      case "Escape":
        if (this.panelShows) this.close();
        else location.hash = "#/traces";
        return true;
    }
    if (event.key.length === 1 && event.key !== "?") {
      void this.type(event.key);
      return true;
    }
    return false;
  }

  /** Goes to the next row with the typed text. @param {string} letter */
  async type(letter) {
    clearTimeout(this.typing);
    if (!this.typed) this.typedAt = this.grid?.active ?? 0;
    this.typed += letter;
    this.typing = setTimeout(() => { this.typed = ""; }, 800);
    const text = this.typed;
    const search = (this.searches = (this.searches ?? 0) + 1);
    const { row } = await get(`traces/${this.id_}/find`, { ...this.view(), text, after: this.typedAt });
    if (search !== this.searches) return; // more has been typed
    if (row >= 0) this.grid?.move(row);
    else toast(`No span has "${text}" in its label`);
  }

  /** @param {string} span */
  async locate(span) {
    const id = this.id_; // another trace may be visited meanwhile
    try {
      const { row, toggled, ungrouped } = await get(`traces/${id}/locate`, { ...this.view(), span });
      if (id !== this.id_) return;
      const before = query(this.view());
      for (const [name, value] of [["toggled", toggled], ["ungrouped", ungrouped ?? ""]]) {
        if (value) this.params.set(name, value);
        else this.params.delete(name);
      }
      if (before !== query(this.view())) await this.grid?.reload();
      this.grid?.center(row);
      await this.grid?.request(row);
    } catch {
      /* a span without a row, as an inner one in a group, has its details all the same */
    }
    if (id === this.id_) await this.details(id, span);
  }

  /** Opens a row's details. The keyboard goes on in them. @param {any} row @param {boolean} keyboard */
  async open(row, keyboard) {
    await this.details(row.trace_id, row.span_id);
    if (keyboard) this.panel?.focus();
    if (row.trace_id !== this.id_) return;
    this.params.set("span", row.span_id);
    history.replaceState(null, "", `#/trace/${this.id_}?${this.params}`);
  }

  /** Goes to a span of this or of another trace. @param {string} trace @param {string} span */
  go(trace, span) {
    const here = trace === this.id_;
    if (here) {
      this.params.set("span", span);
      history.pushState(null, "", `#/trace/${trace}?${this.params}`);
      void this.locate(span);
    } else {
      location.hash = `#/trace/${trace}?span=${span}`;
    }
  }

  /** @param {string} trace @param {string} span */
  async details(trace, span) {
    const id = this.id_;
    try {
      const own = trace === id; // the findings of another trace have other indexes, but its rows here have those of this one
      const data = await get(`traces/${trace}/spans/${span}`, { findings: own && this.checked > 0 });
      if (id !== this.id_) return;
      this.shown = span;
      this.fill("span", spanPanel(data, this.findingsOf(own ? data.findings : this.grid?.find((row) => row.span_id === span && row.trace_id === trace)?.findings), {
        go: (t, s) => this.go(t, s), close: () => this.close(),
      }));
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }

  showFindings() {
    this.fill("findings", findingsPanel(this.findings, { go: (t, s) => this.go(t || this.id_, s), close: () => this.close() }));
    this.panel?.focus();
  }

  /** @param {string} what @param {HTMLElement[]} content */
  fill(what, content) {
    const panel = /** @type {HTMLElement} */ (this.panel);
    this.panelShows = what;
    panel.hidden = false;
    show(panel, content);
    panel.scrollTop = 0;
  }

  /** @param {boolean} [focus] */
  close(focus = true) {
    if (this.panel) this.panel.hidden = true;
    this.panelShows = "";
    this.shown = "";
    if (!focus) return;
    if (this.params.has("span")) {
      this.params.delete("span");
      history.replaceState(null, "", `#/trace/${this.id_}${this.params.size ? `?${this.params}` : ""}`);
    }
    this.grid?.element.focus();
  }

  async copyTree() {
    if (offline) {
      await copy((await get(`traces/${this.id_}.tree`)).text, "Tree");
      return;
    }
    const response = await fetch(address(this.id_, ".tree", { view: this.params.get("view") }));
    await copy(await response.text(), "Tree");
  }

  async drawOverview() {
    if (!this.isConnected || !this.meta || !this.canvas) return;
    const canvas = this.canvas;
    const width = Math.min(Math.max(Math.round(canvas.clientWidth / 2), 64), 2048);
    const id = this.id_;
    const data = await get(`traces/${id}/overview`, { ...this.view(), width, height: 64 });
    if (id !== this.id_) return;
    const cells = Uint8Array.from(atob(data.cells), (c) => c.charCodeAt(0));
    canvas.width = data.width;
    canvas.height = data.height;
    const context = canvas.getContext("2d");
    if (!context) return;
    const probe = document.documentElement;
    const style = getComputedStyle(probe);
    const colors = Array.from({ length: 8 }, (_, i) => rgb(context, style.getPropertyValue(`--s${i}`)));
    const error = rgb(context, style.getPropertyValue("--error"));
    const image = context.createImageData(data.width, data.height);
    cells.forEach((cell, i) => {
      if (cell) image.data.set(cell === 255 ? error : colors[(cell - 1) % 8], 4 * i);
    });
    context.clearRect(0, 0, data.width, data.height);
    context.putImageData(image, 0, 0);
  }

  /** @param {PointerEvent} event */
  jump(event) {
    const grid = this.grid;
    if (!grid || !this.canvas) return;
    const box = this.canvas.getBoundingClientRect();
    const part = Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1);
    grid.scrollTo(part * grid.total * grid.rowHeight - grid.viewHeight / 2);
  }

  /** @param {number} first @param {number} last @param {number} total */
  seen(first, last, total) {
    const frame = this.seenFrame;
    if (!frame || !total) return;
    frame.hidden = last - first >= total;
    frame.style.top = `${(100 * first) / total}%`;
    frame.style.height = `${(100 * (last - first)) / total}%`;
  }

  /** @param {any} change */
  changed(change) {
    const mine = new Set([this.id_, ...(this.meta?.linked ?? [])]);
    if (!change.missed && !change.traces.some((/** @type {any} */ t) => mine.has(t.trace_id))) return;
    this.later();
  }
}

/** @param {string} text */
function split(text) {
  const at = text.indexOf("          ← ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 10)];
}

/** @param {CanvasRenderingContext2D} context @param {string} text */
function rgb(context, text) {
  context.fillStyle = text.trim();
  const hex = String(context.fillStyle);
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).concat(255);
}
