// @ts-check
// The details of a span.
import { copy, h, time } from "./dom.js";

/** @typedef {{go: (trace: string, span: string) => void, close: () => void}} Actions */

/**
 * @param {any} span @param {any[]} findings @param {Actions} actions
 * @returns {HTMLElement[]}
 */
export function spanPanel(span, findings, actions) {
  const facts = [
    ["service", span.service], ["name", span.name], ["kind", span.kind], ["status", span.status], ["message", span.status_message],
    ["duration", span.unended ? "not ended" : span.duration], ["start", time(span.start_unix_nano)], ["span", span.span_id],
    ["parent", span.parent_id], ["trace", span.trace_id], ["trace state", span.trace_state],
    ["scope", [span.scope, span.scope_version].filter(Boolean).join(" ")],
  ].filter(([, value]) => value);
  const dropped = ["attributes", "events", "links"].map((what, i) => (span.dropped[i] ? `${span.dropped[i]} ${what}` : "")).filter(Boolean);
  return [
    h("header", {}, h("h2", {}, span.label), h("button", { onclick: actions.close, "aria-label": "Close details" }, "×")),
    dropped.length ? h("p", { class: "badge warning" }, `dropped by the SDK: ${dropped.join(", ")}`) : h("span", { hidden: true }),
    ...findings.map((finding) => h("div", { class: `card ${finding.severity}` }, h("h3", {}, finding.title), h("p", {}, finding.seen), h("p", { class: "muted" }, `Expected: ${finding.expected}`))),
    h("dl", { class: "attrs facts" }, facts.map(([key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, value), h("dd")))),
    links("Links to", span.links, actions), links("Linked from", span.incoming, actions),
    section("Attributes", span.attributes), events(span.events), section("Resource", span.resource),
  ];
}

/** @param {string} title @param {any[]} attributes */
function section(title, attributes) {
  if (!attributes.length) return h("span", { hidden: true });
  return h("section", { class: "stack" }, h("h3", {}, title), list(attributes));
}

/** @param {any[]} attributes */
function list(attributes) {
  const byKey = new Map(attributes.map((a) => [a.key, a]));
  /** The attributes by the old names of a key. @type {Map<string, any[]>} */
  const older = new Map();
  const alone = attributes.filter((a) => {
    const current = a.current?.find((/** @type {string} */ key) => byKey.has(key));
    if (current) older.set(current, [...(older.get(current) ?? []), a]);
    return !current;
  });
  return h("dl", { class: "attrs" }, alone.flatMap((a) => {
    const same = (older.get(a.key) ?? []).filter((old) => old.value === a.value);
    const other = (older.get(a.key) ?? []).filter((old) => old.value !== a.value);
    return [
      attribute(a, [
        ...same.map((old) => h("span", { class: "old", title: "The same value, by the name of an earlier version of the conventions" }, `= ${old.key}`)),
        a.current ? h("span", { class: "old", title: "The name of an earlier version of the conventions" }, `now ${a.current.join(", ")}`) : ""]),
      ...other.map((old) => attribute(old, [h("span", { class: "old bad" }, `old name of ${a.key}, with another value`)])),
    ];
  }));
}

/** @param {any} a @param {(HTMLElement | "")[]} names older or newer names of it */
function attribute(a, names) {
  return h("div", {},
    h("dt", { title: a.type }, a.key, names),
    h("dd", {}, a.value, a.length ? h("span", { class: "muted" }, ` (${a.length} bytes; the download has all)`) : ""),
    h("dd", { class: "act" },
      h("button", { class: "quiet small", title: `Copy ${a.key}`, "aria-label": `copy ${a.key}`, onclick: () => copy(a.value, a.key) }, "copy"),
      h("a", { class: "small", title: "Traces with this value", "aria-label": `filter by ${a.key}`, href: `#/traces?${new URLSearchParams({ where: `${a.key}=${a.value}` })}` }, "filter")));
}

/** @param {any[]} all */
function events(all) {
  if (!all.length) return h("span", { hidden: true });
  return h("section", { class: "stack" }, h("h3", {}, "Events"), all.map((event) =>
    h("div", { class: "card" }, h("h3", {}, event.name, h("span", { class: "muted" }, ` at +${event.after}`)), event.attributes.length ? list(event.attributes) : "")));
}

/** @param {string} title @param {any[]} all @param {Actions} actions */
function links(title, all, actions) {
  if (!all.length) return h("span", { hidden: true });
  return h("section", { class: "stack" }, h("h3", {}, title), all.map((link) => h("div", { class: "card" },
    link.here ? h("button", { class: "link", onclick: () => actions.go(link.trace_id, link.span_id) }, title === "Links to" ? "← " : "↪ ", link.label || link.span_id)
      : h("p", {}, "The span is not here: ", h("span", { class: "mono small" }, link.span_id)),
    h("p", { class: "mono small muted" }, link.trace_id),
    link.attributes.length ? list(link.attributes) : "")));
}
