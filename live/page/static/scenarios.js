// @ts-check
// Scenarios: a button runs one on the real services, and its traces appear next to its story.
import { get, post } from "./api.js";
import { count, h, show, toast } from "./dom.js";

export class ScenariosView extends HTMLElement {
  constructor() {
    super();
    /** @type {any[] | undefined} */
    this.list = undefined;
  }

  connectedCallback() {
    this.className = "view";
  }

  /** @param {string} id @param {URLSearchParams} _params */
  async visit(id, _params) {
    try {
      this.list ??= (await get("scenarios")).scenarios;
      this.draw(id);
    } catch (error) {
      show(this, h("p", { class: "notice error" }, /** @type {Error} */ (error).message));
    }
  }

  /** @param {string} id */
  draw(id) {
    const list = /** @type {any[]} */ (this.list);
    const mystery = list.some((scenario) => scenario.name === "mystery");
    const chosen = list.find((scenario) => scenario.name === id);
    if (!chosen) {
      show(this, h("div", { class: "scroll stack" }, h("h1", {}, "Scenarios"),
        h("p", { class: "muted" }, "Each runs on the real services. Choose one to read its story and see its traces."),
        list.length ? null : h("p", {}, "Scenarios run in tracelab serve; this page shows files."),
        mystery ? h("p", {}, h("a", { class: "button primary", href: "#/scenarios/mystery" }, "Solve a mystery"), " a random fault without its name, for you to find") : null,
        h("div", { class: "choices" }, list.filter((s) => s.name !== "mystery" && !s.name.endsWith("-fixed")).map((scenario) =>
          h("article", { class: "card" }, h("h2", {}, scenario.title), scenario.lesson ? h("p", { class: "muted small" }, scenario.lesson) : "",
            h("div", { class: "tabs" }, h("a", { class: "button", href: `#/scenarios/${scenario.name}` }, "Story"),
              h("button", { "aria-label": `Run ${scenario.name}`, onclick: () => this.run(scenario.name) }, "Run")))))));
      return;
    }
    const fix = list.find((scenario) => scenario.name === chosen.repair);
    this.result = h("div", { class: "stack", "aria-live": "polite" });
    show(this, h("div", { class: "scroll stack", tabindex: 0, role: "region", "aria-label": chosen.title },
      h("p", {}, h("a", { href: "#/scenarios" }, "All scenarios")),
      h("h1", {}, chosen.title),
      h("div", { class: "prose" }, (chosen.story ?? "").split(/\n\s*\n/).map((/** @type {string} */ text) => h("p", {}, prose(text)))),
      h("div", { class: "tabs" }, h("button", { class: "primary", onclick: () => this.run(chosen.name) }, chosen.name === "mystery" ? "Run a mystery" : "Run it"),
        fix ? h("button", { onclick: () => this.run(fix.name) }, "Run the fix") : ""),
      this.result,
      h("div", { class: "columns" }, [["Tree", chosen.tree], ["Tree of the fix", fix?.tree]].filter(([, tree]) => tree).map(([title, tree]) =>
        h("section", { class: "stack close" }, h("h2", {}, title), h("pre", { class: "tree", tabindex: 0 }, tree))))));
  }

  /** @param {string} name */
  async run(name) {
    try {
      const result = await post(`scenarios/${name}`);
      const links = result.trace_ids.map((/** @type {string} */ id) => h("a", { class: "button", href: `#/trace/${id}` }, `trace ${id.slice(0, 8)}`));
      toast(`${name}: ${count(result.spans, "span")} of ${count(result.traces, "trace")}`);
      if (this.result?.isConnected) this.result.prepend(h("div", { class: "card" }, h("h3", {}, name), h("div", { class: "tabs" }, links.slice(0, 12)), result.riddle ? riddle(result.riddle) : ""));
      else location.hash = result.traces === 1 ? `#/trace/${result.trace_ids[0]}` : "#/traces";
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }
}

/**
 * A text whose parts between backticks are code.
 * @param {string} text
 */
function prose(text) {
  return text.split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part));
}

/**
 * The answers to choose from, each with why it is right or wrong, and the fault.
 * @param {any} riddle
 */
function riddle(riddle) {
  const verdict = h("div", { class: "stack", "aria-live": "polite" });
  const say = (/** @type {string} */ kind, /** @type {string} */ title, /** @type {string[]} */ reasons) =>
    show(verdict, h("div", { class: `card ${kind}` }, h("h4", {}, title), reasons.map((reason) => h("p", {}, reason))));
  return h("div", { class: "stack" }, h("p", {}, "Look at the traces. What is wrong?"),
    h("div", { class: "answers" }, riddle.options.map((/** @type {any} */ option) => h("button", {
      onclick: () => say(option.accepted ? "good" : "error", option.accepted ? "Right" : "Not this", option.reasons),
    }, option.text))),
    h("div", {}, h("button", { onclick: () => {
      say("info", riddle.fault, riddle.unseen ? [`The checks can't find it: ${riddle.unseen}.`] : []);
      verdict.append(h("p", {}, h("a", { href: `#/scenarios/${riddle.scenario}` }, "Its story")));
    } }, "Reveal")), verdict);
}
