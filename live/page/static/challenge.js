// @ts-check
// The checklist of the challenge: which of its items the traces meet, ticked while spans arrive.
import { get } from "./api.js";
import { count, h, paced, show } from "./dom.js";

/** The mark of each status, and its class. */
export const marks = /** @type {Record<string, [string, string]>} */ ({
  "met": ["✓", "good"], "not met": ["✗", "bad"], "not visible": ["·", "muted"],
});

export class ChallengeView extends HTMLElement {
  constructor() {
    super();
    this.summary = h("p", { "aria-live": "polite" });
    this.progress = /** @type {HTMLProgressElement} */ (h("progress", { "aria-label": "Items that are met" }));
    this.items = h("div", { class: "checklist" });
    this.rest = h("div", { class: "stack" });
    this.drawn = "";
    this.later = paced(async () => { if (this.isConnected) await this.load(); }, 250);
  }

  connectedCallback() {
    this.className = "view";
    if (this.firstChild) return;
    show(this, h("div", { class: "scroll stack", tabindex: 0, role: "region", "aria-label": "Challenge" }, h("h1", {}, "Challenge"),
      this.summary, this.progress, this.items, this.rest));
  }

  visit() {
    void this.load();
  }

  changed() {
    this.later();
  }

  async load() {
    try {
      this.draw(await get("challenge"));
    } catch (error) {
      show(this.summary, /** @type {Error} */ (error).message);
    }
  }

  /** @param {any} list */
  draw(list) {
    const drawn = JSON.stringify(list);
    if (drawn === this.drawn) return; // what is being read stays as it is
    this.drawn = drawn;
    const total = list.items.length;
    show(this.summary, `${list.met} of ${total} items are met. `, list.requests
      ? ["The best of ", count(list.requests, "request"), " is graded: ", h("a", { href: `#/trace/${list.trace_id}` }, `trace ${list.trace_id.slice(0, 8)}`), "."]
      : "No request with a span of the gateway has come yet.");
    this.progress.max = total;
    this.progress.value = list.met;
    /** @type {Map<string, Node[]>} */
    const groups = new Map();
    list.headings.forEach((/** @type {any} */ heading, /** @type {number} */ i) =>
      groups.set(heading.group, [...(groups.get(heading.group) ?? []), itemOf(heading.title, list.items[i], list.requests > 0)]));
    show(this.items, [...groups].map(([group, items]) => h("section", { class: "stack close" }, h("h2", {}, group), h("ul", {}, items))));
    show(this.rest,
      list.left_out ? h("p", { class: "muted" }, `${count(list.left_out, "trace")} with too many spans left out.`) : null,
      list.findings.length ? [h("h2", {}, "Findings"), list.findings.map((/** @type {any} */ f) => h("p", {},
        h("span", { class: `badge ${f.severity}` }, `${f.severity} · ${f.check}`), ` ${f.seen} `, f.label ? h("span", { class: "mono small muted" }, f.label) : ""))] : null,
      list.tree ? [h("h2", {}, "The graded request"), h("pre", { class: "tree", tabindex: 0 }, list.tree)] : null);
  }
}

/**
 * @param {string} title @param {any} item
 * @param {boolean} open whether to show what is open: without a request, all of it would be
 */
function itemOf(title, item, open) {
  const [mark, kind] = marks[item.status];
  const more = item.status !== "met" && open;
  return h("li", {}, h("span", { class: `mark ${kind}`, "aria-hidden": "true" }, mark), h("div", {},
    h("span", { class: "sr" }, `${item.status}: `), title,
    more && item.seen ? h("p", { class: "small" }, `Seen: ${item.seen}`, item.span_id && item.label && item.label !== item.seen
      ? [", at ", h("a", { class: "mono", href: `#/trace/${item.trace_id}?span=${item.span_id}` }, item.label)] : "") : "",
    more && item.advice ? h("p", { class: "muted small" }, item.advice) : ""));
}
