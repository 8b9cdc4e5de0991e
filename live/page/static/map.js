// @ts-check
// The service map. The server places the nodes; the page draws them.
import { get } from "./api.js";
import { count, duration, h, paced, s, show } from "./dom.js";

const box = { width: 190, height: 48, across: 290, down: 104, margin: 24 };

export class MapView extends HTMLElement {
  constructor() {
    super();
    this.later = paced(async () => { if (this.isConnected) await this.load(); }, 1000);
  }

  connectedCallback() {
    this.className = "view map";
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
      this.draw(await get("map", this.params));
    } catch (error) {
      show(this, h("p", { class: "notice error" }, /** @type {Error} */ (error).message));
    }
  }

  /** @param {any} map */
  draw(map) {
    const columns = Math.max(...map.nodes.map((/** @type {any} */ n) => n.column + 1), 1);
    const places = [...map.nodes, ...map.edges.flatMap((/** @type {any} */ e) => e.via)];
    const rows = Math.max(...places.map((/** @type {any} */ n) => n.row + 1), 1);
    const width = 2 * box.margin + (columns - 1) * box.across + box.width;
    const height = 2 * box.margin + (rows - 1) * box.down + box.height;
    const tall = places.reduce((/** @type {number[]} */ all, /** @type {any} */ n) => { all[n.column] = Math.max(all[n.column] ?? 0, n.row + 1); return all; }, []);
    const at = (/** @type {any} */ n) => ({
      x: box.margin + n.column * box.across, y: box.margin + (n.row + (rows - tall[n.column]) / 2) * box.down,
    });
    const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Service map. The table below has the same figures." },
      s("defs", {}, ["", "failed"].map((kind) => s("marker", { id: `arrow${kind}`, class: kind, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse" }, s("path", { d: "M0 0 L8 4 L0 8 z" })))),
      map.edges.map((/** @type {any} */ e) => edge(e, at(map.nodes[e.from]), at(map.nodes[e.to]), e.via.map(at))),
      map.nodes.map((/** @type {any} */ n) => node(n, at(n))));
    svg.style.width = `${width / 16}rem`; // it grows with the texts
    const name = (/** @type {number} */ i) => map.nodes[i].name;
    show(this, h("div", { class: "scroll stack", tabindex: 0, role: "region", "aria-label": "Service map" },
      h("h1", {}, "Service map"),
      h("p", { class: "muted" }, `${count(map.extent.spans, "span")} of ${count(map.extent.traces, "trace")}${map.extent.total > map.extent.traces ? `, the newest of ${map.extent.total}` : ""}. Dashed lines are messages.`),
      map.nodes.length ? h("div", { class: "picture", tabindex: 0, role: "group", "aria-label": "Picture of the map" }, svg) : h("p", {}, "No traces yet."),
      h("table", {}, h("thead", {}, h("tr", {}, ["from", "to", "calls", "errors", "p50", "p95", "p99"].map((t, i) => h("th", { class: i > 1 ? "num" : "" }, t)))),
        h("tbody", {}, map.edges.map((/** @type {any} */ e) => h("tr", {}, h("td", {}, name(e.from)), h("td", {}, name(e.to)), h("td", { class: "num" }, e.calls),
          h("td", { class: `num ${e.errors ? "bad" : ""}` }, percent(e.error_rate)), ["p50_ns", "p95_ns", "p99_ns"].map((p) => h("td", { class: "num" }, e.durations ? duration(e.durations[p]) : "?"))))))));
  }
}

const percent = (/** @type {number} */ rate) => `${Number((100 * rate).toPrecision(3))}%`;

/** @param {any} n @param {{x: number, y: number}} at */
function node(n, at) {
  const { width: w, height: h0 } = box;
  const shape = n.kind === "database"
    ? [s("path", { d: `M${at.x} ${at.y + 7} v${h0 - 14} a${w / 2} 7 0 0 0 ${w} 0 v${-(h0 - 14)}` }), s("ellipse", { cx: at.x + w / 2, cy: at.y + 7, rx: w / 2, ry: 7 })]
    : [s("rect", { x: at.x, y: at.y, width: w, height: h0, rx: n.kind === "queue" ? h0 / 2 : 6 })];
  const name = n.name.length > 20 ? `${n.name.slice(0, 19)}…` : n.name;
  return s("g", { class: `node ${n.kind}` }, shape, s("title", {}, `${n.kind}: ${n.name}`),
    s("text", { x: at.x + w / 2, y: at.y + (n.kind === "database" ? 28 : 22), "text-anchor": "middle", "font-size": 14, "font-weight": 600 }, name),
    s("text", { class: "what", x: at.x + w / 2, y: at.y + (n.kind === "database" ? 42 : 37), "text-anchor": "middle", "font-size": 11 }, n.kind));
}

/** @param {any} e @param {{x: number, y: number}} from @param {{x: number, y: number}} to @param {{x: number, y: number}[]} via */
function edge(e, from, to, via) {
  const back = to.x <= from.x;
  const x1 = from.x + (back ? box.width / 2 : box.width), y1 = from.y + (back ? box.height : box.height / 2);
  const x2 = back ? to.x + box.width / 2 : to.x, y2 = to.y + (back ? box.height : box.height / 2);
  const bend = back ? 60 : (x2 - x1) / 2;
  // A line that skips columns goes through the places that are free for it.
  let through = `M${x1} ${y1}`, x0 = x1, y0 = y1;
  for (const p of [...via.map((v) => ({ x: v.x, y: v.y + box.height / 2, end: v.x + box.width })), { x: x2 - 2, y: y2, end: 0 }]) {
    const half = (p.x - x0) / 2;
    through += ` C${x0 + half} ${y0} ${p.x - half} ${p.y} ${p.x} ${p.y}`;
    if (p.end) through += ` H${p.end}`;
    x0 = p.end;
    y0 = p.y;
  }
  const d = via.length ? through : back ? `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 + bend} ${x2} ${y2}` : `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 2} ${y2}`;
  const failed = e.errors > 0;
  const x = via.length ? via[0].x + box.width / 2 : (x1 + x2) / 2, y = via.length ? via[0].y + box.height / 2 : (y1 + y2) / 2 + (back ? 0.75 * bend : 0);
  const figures = [`${e.calls}×`, failed ? `${percent(e.error_rate)} failed` : "", e.durations ? `p50 ${duration(e.durations.p50_ns)}` : ""].filter(Boolean);
  return s("g", {}, s("path", { class: `edge ${failed ? "failed" : ""} ${e.message ? "message" : ""}`, d, "marker-end": `url(#arrow${failed ? "failed" : ""})` }),
    figures.map((text, i) => s("text", {
      class: `figure ${text.endsWith("failed") ? "failed" : ""}`, x, y: y + 4 + 14 * (i - (figures.length - 1) / 2), "text-anchor": "middle", "font-size": 12,
    }, text)));
}
