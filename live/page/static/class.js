// @ts-check
// The class board: a row for each team with the items of the challenge that it has met. The code of the class, or the
// teacher's, is in the fragment of the address, which no request contains. A team's key stays in this browser.
import { marks } from "./challenge.js";
import { copy, count, h, show, toast } from "./dom.js";

class ClassBoard extends HTMLElement {
  connectedCallback() {
    this.status = h("span", { class: "status", role: "status" });
    this.main = h("main", { id: "main", tabindex: -1 });
    const size = h("button", { "aria-pressed": "false", title: "Larger, for a projector", onclick: () => {
      const on = document.documentElement.dataset.size !== "projector";
      if (on) document.documentElement.dataset.size = "projector";
      else delete document.documentElement.dataset.size;
      size.setAttribute("aria-pressed", String(on));
    } }, "Projector");
    show(this, h("header", { class: "top" }, h("h1", { class: "brand" }, h("img", { src: "icon.svg", alt: "" }), "Class board"),
      h("nav", { class: "main", "aria-label": "Board" }), this.status, size), this.main);
    addEventListener("hashchange", () => this.open());
    this.open();
  }

  /** Follows the board with the code in the address, or asks for one. */
  open() {
    this.events?.close();
    /** @type {Map<number, any>} */
    this.rows = new Map();
    /** @type {any} */
    this.board = undefined;
    this.selected = 0;
    this.code = new URLSearchParams(location.hash.slice(1)).get("code") ?? remembered("teacher", sessionStorage);
    if (!this.code) return this.askForCode("");
    this.key = remembered(this.code);
    show(this.body(), h("p", { class: "scroll muted" }, "Reading the board …"));
    void this.follow();
  }

  body() { return /** @type {HTMLElement} */ (this.main); }

  /** @param {string} problem */
  askForCode(problem) {
    const input = /** @type {HTMLInputElement} */ (h("input", { name: "code", autocomplete: "off", required: true }));
    show(this.body(), h("div", { class: "empty" }, h("h2", {}, "Open a class board"), problem ? h("p", { class: "notice error" }, problem) : "",
      h("form", { class: "tabs", onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        const address = `#code=${encodeURIComponent(input.value.trim())}`;
        if (location.hash === address) this.open();
        else location.hash = address;
      } }, h("label", { class: "field" }, "Code of the class", input), h("button", { class: "primary" }, "Open the board"))));
  }

  async follow() {
    const code = /** @type {string} */ (this.code);
    try { // a key is no use when the server has started anew, or the team was removed
      if (this.key) await this.request("board", {}, this.key).catch(() => { this.key = ""; });
      this.draw(await this.request("board"));
    } catch (error) {
      if (this.code === code) this.askForCode(/** @type {Error} */ (error).message);
      return;
    }
    if (this.code !== code) return;
    if (this.board?.you === "teacher") { // all can read the address on a projector
      remember("teacher", code, sessionStorage);
      history.replaceState(null, "", location.pathname);
    }
    this.events?.close();
    this.events = new EventSource(`api/events?code=${encodeURIComponent(this.key || code)}`);
    this.events.addEventListener("board", (event) => {
      if (this.status) this.status.dataset.state = "live";
      this.draw(JSON.parse(event.data));
    });
    this.events.addEventListener("error", () => {
      if (!this.status) return;
      this.status.dataset.state = "lost";
      this.status.textContent = "connection lost, trying again";
      // The browser tries again by itself, but not after an answer such as one to a key of a removed team.
      const again = () => { if (this.code === code && this.events?.readyState === EventSource.CLOSED) void this.follow(); };
      if (this.events?.readyState === EventSource.CLOSED) setTimeout(again, 3000);
    });
  }

  /**
   * @param {string} path below api/
   * @param {RequestInit} [options]
   * @param {string} [code]
   */
  async request(path, options = {}, code = this.key || this.code || "") {
    const response = await fetch(`api/${path}`, { ...options, headers: { "X-Class-Code": code } });
    const type = response.headers.get("Content-Type") ?? "";
    const body = response.status === 204 ? null : type.includes("json") ? await response.json() : await response.text();
    if (!response.ok) throw new Error(body?.detail ?? `the server answers ${response.status}`);
    return body;
  }

  /** @param {() => Promise<void>} action */
  async act(action) {
    try {
      await action();
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
    }
  }

  /** @param {any} board all of it, or what has changed */
  draw(board) {
    const rows = /** @type {Map<number, any>} */ (this.rows);
    const first = !this.board;
    const items = board.items ?? this.board?.items;
    const changed = board.rows.some((/** @type {any} */ row) => row.number === this.selected);
    this.board = { ...board, items };
    for (const row of board.rows) rows.set(row.number, row);
    for (const number of [...rows.keys()]) if (!board.teams.includes(number)) rows.delete(number);
    if (this.status) this.status.textContent = count(rows.size, "team");
    if (first) this.frame();
    this.drawTable();
    if (first && board.team) this.select(board.team);
    else if (this.selected && !rows.has(this.selected)) this.select(0);
    else if (changed) void this.drawDetails();
  }

  /** The parts of the page that stay: the table, the details, what one can do. */
  frame() {
    const board = this.board;
    this.table = h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Teams" });
    this.details = h("section", { class: "panel stack", "aria-label": "Details", hidden: true });
    this.bar = h("div", { class: "bar" });
    show(this.body(), this.bar, h("div", { class: "split" }, this.table, this.details));
    if (board.you === "teacher") {
      this.hide = h("button", { onclick: () => this.act(async () => {
        await this.request(`names?hidden=${!this.board.names_hidden}`, { method: "PUT" });
      }) });
      show(this.bar, this.hide, h("button", { onclick: () => this.act(() => this.save()) }, "Save as CSV"));
    } else if (!board.team) {
      const input = /** @type {HTMLInputElement} */ (h("input", { name: "team", maxlength: 40, autocomplete: "off", required: true }));
      show(this.bar, h("form", { class: "tabs", onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void this.act(() => this.join(input.value));
      } }, h("label", { class: "field" }, "Name of your team", input), h("button", { class: "primary" }, "Join")));
    }
  }

  /** @param {string} name */
  async join(name) {
    const joined = await this.request("teams", { method: "POST", body: JSON.stringify({ name }) });
    this.key = joined.key;
    remember(/** @type {string} */ (this.code), joined.key);
    this.events?.close(); // its changes are not those of the board that comes next
    this.board = undefined;
    await this.follow();
  }

  async save() {
    const url = URL.createObjectURL(new Blob([await this.request("board.csv")], { type: "text/csv" }));
    h("a", { href: url, download: "class.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  drawTable() {
    const board = this.board;
    const rows = /** @type {Map<number, any>} */ (this.rows);
    if (this.hide) this.hide.textContent = board.names_hidden ? "Show names" : "Hide names";
    if (!rows.size) {
      show(/** @type {Element} */ (this.table), h("div", { class: "empty" }, h("h2", {}, "No team has joined yet"),
        board.you === "teacher" ? h("p", {}, "Give the teams the address of this page and the code of the class, which tracelab serve printed for them.") :
          h("p", {}, "Choose a name for your team, and join.")));
      return;
    }
    const groups = /** @type {[string, number][]} */ ([]);
    for (const item of board.items) {
      const last = groups.at(-1);
      if (last && last[0] === item.group) last[1]++;
      else groups.push([item.group, 1]);
    }
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset?.team;
    const sorted = [...rows.values()].sort((a, b) => b.met - a.met || a.number - b.number);
    show(/** @type {Element} */ (this.table), h("table", { class: "class" },
      h("thead", {},
        h("tr", {}, h("td", { colspan: 3 }), groups.map(([group, n]) => h("th", { colspan: n, scope: "colgroup" }, group)), h("td", { colspan: 3 })),
        h("tr", {}, ["#", "Team", "Met"].map((text) => h("th", { scope: "col" }, text)),
          board.items.map((/** @type {any} */ item, /** @type {number} */ i) => h("th", { scope: "col", title: item.title }, i + 1, h("span", { class: "sr" }, ` ${item.title}`))),
          ["Findings", "Spans", "Last"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, sorted.map((row) => h("tr", { class: row.number === this.selected ? "active" : "" },
        h("td", { class: "num" }, row.number),
        h("th", { scope: "row" }, board.you === "teacher" || board.team === row.number ?
          h("button", { class: "link", "data-team": row.number, onclick: () => this.select(row.number === this.selected ? 0 : row.number) }, row.name) : row.name),
        h("td", { class: "num" }, `${row.met}/${board.items.length}`),
        row.statuses.map((/** @type {string} */ status, /** @type {number} */ i) =>
          h("td", { class: `mark ${marks[status][1]}`, title: `${board.items[i].title}: ${status}` }, h("span", { "aria-hidden": "true" }, marks[status][0]), h("span", { class: "sr" }, status))),
        h("td", { class: "num" }, row.findings), h("td", { class: "num" }, row.spans.toLocaleString("en")),
        h("td", { class: "num" }, at(row.last_unix_nano)))))));
    if (focused) /** @type {HTMLElement | null} */ (this.querySelector(`[data-team="${focused}"]`))?.focus();
  }

  /** Shows the details of a team, or none. @param {number} number */
  select(number) {
    this.selected = number;
    if (this.details) this.details.hidden = !number;
    this.drawTable();
    if (number) void this.drawDetails();
  }

  async drawDetails() {
    const number = this.selected ?? 0;
    let team;
    try {
      team = await this.request(`teams/${number}`);
    } catch (error) {
      toast(/** @type {Error} */ (error).message);
      return;
    }
    if (number !== this.selected || !this.details) return;
    const grade = team.grade;
    const titles = new Map(this.board.items.map((/** @type {any} */ item) => [item.id, item.title]));
    const open = grade.items.filter((/** @type {any} */ item) => item.status !== "met");
    const scroll = this.details.scrollTop;
    show(this.details, h("h2", {}, team.name),
      team.joined ? h("div", { class: "stack close" }, h("p", {}, "In the shell of each of your programs:"),
        h("pre", { class: "tree", tabindex: 0 }, team.joined.lines.join("\n")),
        h("div", { class: "tabs" }, h("button", { onclick: () => copy(team.joined.lines.join("\n") + "\n", "lines") }, "Copy")),
        h("p", { class: "muted small" }, `Over gRPC: the endpoint ${team.joined.grpc_endpoint} and OTEL_EXPORTER_OTLP_HEADERS=${team.joined.header}`)) : "",
      h("p", {}, `${grade.met} of ${grade.items.length} items are met.`),
      team.spans === 0 ? h("p", { class: "muted" }, "No spans have come yet. The two lines have to be set where each program is started.") : "",
      grade.left_out ? h("p", { class: "notice" }, `${count(grade.left_out, "trace")} with too many spans left out.`) : "",
      open.map((/** @type {any} */ item) => h("div", { class: "card" }, h("h3", {}, `${marks[item.status][0]} ${titles.get(item.id)}`),
        item.seen ? h("p", {}, "Seen: ", item.seen) : "", item.label ? h("p", { class: "mono small" }, item.label) : "",
        item.advice ? h("p", { class: "muted" }, item.advice) : "")),
      grade.findings.length ? h("h3", {}, "Findings") : "",
      grade.findings.map((/** @type {any} */ finding) => h("div", { class: "card" }, h("p", {}, h("span", { class: `badge ${finding.severity}` }, finding.severity), ` ${finding.check}`),
        h("p", {}, finding.seen), finding.label ? h("p", { class: "mono small" }, finding.label) : "")),
      grade.tree ? [h("h3", {}, "The graded request"), h("pre", { class: "tree", tabindex: 0 }, grade.tree)] : "",
      this.board.you === "teacher" ? h("div", { class: "tabs" }, this.remover(number)) : "");
    this.details.scrollTop = scroll;
  }

  /** A button that removes a team when it is pressed twice. @param {number} number */
  remover(number) {
    let sure = false;
    const button = h("button", { onclick: () => this.act(async () => {
      if (sure) await this.request(`teams/${number}`, { method: "DELETE" });
      sure = true;
      button.textContent = "Remove it with its traces";
    }) }, "Remove the team");
    return button;
  }
}

/** A local time with seconds. @param {string} nano */
function at(nano) {
  return nano === "0" ? "–" : new Date(Number(BigInt(nano) / 1000000n)).toLocaleTimeString("en-GB");
}

/**
 * The key of the team that joined in this browser with a code, or what else was remembered by a name.
 * @param {string} code @param {Storage} [storage]
 */
function remembered(code, storage = localStorage) {
  try {
    return storage.getItem(`tracelab-class-${code}`) ?? "";
  } catch {
    return ""; // storage is off
  }
}

/** @param {string} code @param {string} key @param {Storage} [storage] */
function remember(code, key, storage = localStorage) {
  try {
    storage.setItem(`tracelab-class-${code}`, key);
  } catch { /* storage is off: the key is lost when the page is closed */ }
}

customElements.define("tl-class", ClassBoard);
