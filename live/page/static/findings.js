// @ts-check
// What the checks found in a trace, with causes and the fix.
import { count, h } from "./dom.js";

/**
 * @param {any[]} findings @param {import("./span.js").Actions} actions
 * @returns {HTMLElement[]}
 */
export function findingsPanel(findings, actions) {
  return [
    h("header", {}, h("h2", {}, findings.length ? count(findings.length, "finding") : "All checks passed"),
      h("button", { onclick: actions.close, "aria-label": "Close findings" }, "×")),
    ...findings.map((finding) => card(finding, actions)),
  ];
}

/** @param {any} finding @param {import("./span.js").Actions} actions */
function card(finding, actions) {
  const place = (/** @type {any} */ ref) => ref.span_id ? h("button", { class: "small", onclick: () => actions.go(ref.trace_id, ref.span_id) }, ref.label) : "";
  return h("article", { class: `card ${finding.severity}` },
    h("h3", {}, finding.title, " ", h("span", { class: `badge ${finding.severity}` }, `${finding.severity} · ${finding.check}`)),
    finding.span_id ? h("div", {}, place(finding)) : "",
    h("p", {}, finding.seen), h("p", {}, h("strong", {}, "Expected: "), finding.expected),
    finding.causes?.length ? h("div", {}, h("strong", {}, "Likely causes"), h("ul", {}, finding.causes.map((/** @type {string} */ cause) => h("li", {}, cause)))) : "",
    finding.related?.length ? h("div", { class: "stack" }, h("strong", {}, "Related"), finding.related.map(place)) : "",
    h("details", {}, h("summary", {}, "Why it matters, and the fix"), h("div", { class: "prose" }, finding.doc.split(/\n\s*\n/).map((/** @type {string} */ text) => h("p", {}, text.replaceAll("`", ""))))));
}
