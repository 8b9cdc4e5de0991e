// @ts-check
// Two traces next to each other: structure, durations, failures and attributes.
import { get } from "./api.js";
import { duration, h, show, time } from "./dom.js";

const colors = new Map([["-", "del"], ["+", "add"], ["~", "mod"]]);

export class CompareView extends HTMLElement {
  connectedCallback() {
    this.className = "view";
  }

  /** @param {string} _id @param {URLSearchParams} params */
  visit(_id, params) {
    const before = params.get("before") ?? "", after = params.get("after") ?? "";
    if (before && after) void this.load(before, after);
    else void this.choose(before, after);
  }

  /** @param {string} before @param {string} after */
  async choose(before, after) {
    const { traces } = await get("traces", { limit: 200 });
    const options = (/** @type {string} */ chosen) => traces.map((/** @type {any} */ t) =>
      h("option", { value: t.trace_id, selected: t.trace_id === chosen }, `${time(t.start_unix_nano)}  ${t.label}  ${t.duration}  ${t.trace_id.slice(0, 8)}`));
    const form = /** @type {HTMLFormElement} */ (h("form", {
      class: "stack", onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        location.hash = `#/compare?${new URLSearchParams(/** @type {any} */ (new FormData(form)))}`;
      },
    },
      h("label", { class: "field" }, "Before", h("select", { name: "before" }, options(before))),
      h("label", { class: "field" }, "After", h("select", { name: "after" }, options(after))),
      h("div", {}, h("button", { class: "primary" }, "Compare"))));
    show(this, h("div", { class: "scroll stack" }, h("h1", {}, "Compare two traces"),
      h("p", { class: "muted" }, "Or mark two of the list with its button, or the key c."), traces.length ? form : h("p", {}, "No traces yet.")));
  }

  /** @param {string} before @param {string} after */
  async load(before, after) {
    try {
      this.draw(await get("compare", { before, after }));
    } catch (error) {
      show(this, h("p", { class: "notice error", role: "alert" }, /** @type {Error} */ (error).message));
    }
  }

  /** @param {any} c */
  draw(c) {
    const link = (/** @type {any} */ t) => h("a", { href: `#/trace/${t.trace_id}` }, `${t.label} · ${t.duration} · ${t.trace_id.slice(0, 8)}`);
    const changed = c.lines.filter((/** @type {any} */ l) => l.op !== " ").length;
    const swap = `#/compare?${new URLSearchParams({ before: c.after.trace_id, after: c.before.trace_id })}`;
    show(this, h("div", { class: "scroll stack", tabindex: 0, role: "region", "aria-label": "Comparison" },
      h("div", { class: "bar tight" }, h("h1", { class: "grow" }, c.equal ? "Same structure" : "Different structure"), h("a", { class: "button", href: swap }, "Swap")),
      h("p", {}, h("span", { class: "bad" }, "− before: "), link(c.before), h("br"), h("span", { class: "good" }, "+ after: "), link(c.after)),
      c.equal ? null : h("p", { class: "muted" }, c.summary),
      h("div", { class: "diff", tabindex: 0, role: "region", "aria-label": `Trees, ${changed} lines differ` }, c.lines.map((/** @type {any} */ line) =>
        h("div", { class: colors.get(line.op) ?? "" }, `${line.op} ${line.text}${line.note ? `    ${line.note}` : ""}`))),
      h("h2", {}, "Durations"),
      table(["operation", "before", "after", "change", "verdict"], 3, c.durations.map((/** @type {any} */ d) => [
        d.label, duration(d.before.p50_ns), duration(d.after.p50_ns), `${d.change > 0 ? "+" : ""}${(100 * d.change).toFixed(0)}%`, d.verdict])),
      c.errors.length ? [h("h2", {}, "Failures"), table(["operation", "before", "after"], 2, c.errors.map((/** @type {any} */ e) => [
        e.label, `${e.before.errors} of ${e.before.calls}`, `${e.after.errors} of ${e.after.calls}`]))] : null,
      c.attributes.length ? [h("h2", {}, "Attributes"), table(["operation", "attribute", "before", "after"], 0, c.attributes.map((/** @type {any} */ a) => [
        a.label, a.key, (a.before ?? []).join(", ") || "–", (a.after ?? []).join(", ") || "–"]))] : null));
  }
}

/** @param {string[]} head @param {number} figures the number of columns of figures, after the first one @param {string[][]} rows */
function table(head, figures, rows) {
  const kind = (/** @type {number} */ i) => (i === 0 ? "key" : i <= figures ? "num" : figures ? "verdict" : "");
  return h("table", {}, h("thead", {}, h("tr", {}, head.map((text, i) => h("th", { class: kind(i) }, text)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((text, i) => h("td", { class: kind(i) }, text))))));
}
