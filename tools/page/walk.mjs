// Walks through the page in a real browser, as a person does: with the mouse, with the keyboard alone, in the dark, on paper,
// with hostile texts. It fails on an error in the console, on what axe finds, and on anything that isn't there. It takes the
// pictures of the README. speed.mjs measures.
//
//	node walk.mjs TRACELAB PICTURES
//
// CHROMIUM is the browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hex, nano, receiverOf, start, stop, violations as axe, walk } from "./support.mjs";

const [tracelab, pictures] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), "tracelab-page-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
mkdirSync(pictures, { recursive: true });

await walk(tracelab, join(pictures, "failed.png"), async ({
  server, browser, page, problems, watch, api, text, until, shown, visit, still, press, click, fill, clickText, step, send,
}) => {
  await page.setViewport({ width: 1280, height: 800 });
  await page.goto(server.url);
  await step("an empty page says what to do", () => shown("No traces yet"));

  await step("a scenario by its button appears without reload", async () => {
    await page.evaluate(() => { window.marker = true; });
    await visit("#/scenarios");
    await click("[aria-label='Run lost-context-attributes']");
    await shown("api-gateway: POST /tasks");
    await until("the list", () => document.querySelectorAll(".list .row").length === 2);
    assert.equal(await page.evaluate(() => window.marker), true);
  });

  for (let i = 0; i < 12; i++) {
    await fetch(`${server.url}tasks`, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"title": "Learn tracing"}' });
  }
  for (const name of ["n-plus-one", "create-task"]) await fetch(`${server.url}api/v1/scenarios/${name}`, { method: "POST" });
  await step("traces appear while the page is open", () => until("15 traces", () => /1[5-9] traces/.test(document.querySelector(".status").textContent)));

  const whole = (await api("traces?operation=process&sort=spans&limit=50")).traces.find((t) => t.label.includes("POST /tasks"));
  const rows = (await api(`traces/${whole.trace_id}/rows`)).rows;
  const consumer = rows.find((row) => row.marks?.includes("linked"));
  await step("a deep link opens a span, and its link is followed both ways", async () => {
    await page.goto("about:blank");
    await page.goto(`${server.url}#/trace/${whole.trace_id}?span=${consumer.span_id}`);
    await shown("Links to");
    await clickText(".panel button.link", "sqs: SendMessage");
    await shown("Linked from");
    await until("the producer is active", () => /sqs: SendMessage/.test(document.querySelector(".row.active")?.textContent));
    await clickText(".panel button.link", "worker: process");
    await until("the consumer is active", () => /worker: process/.test(document.querySelector(".row.active")?.textContent));
  });

  await step("a link to another trace is followed, and back", async () => {
    const a = hex(0xa1, 32), b = hex(0xb1, 32);
    await send([{ traceId: a, spanId: hex(1, 16), name: "send orders", kind: 4, startTimeUnixNano: nano(0), endTimeUnixNano: nano(5) }]);
    await send([
      { traceId: b, spanId: hex(2, 16), name: "job", kind: 1, startTimeUnixNano: nano(7), endTimeUnixNano: nano(20) },
      { traceId: b, spanId: hex(3, 16), parentSpanId: hex(2, 16), name: "load orders", kind: 1, startTimeUnixNano: nano(8), endTimeUnixNano: nano(12), links: [{ traceId: a, spanId: hex(1, 16) }] },
    ], "mail");
    await visit(`#/trace/${b}?span=${hex(3, 16)}`);
    await clickText(".panel button.link", "send orders");
    await until("the other trace", (id) => location.hash.includes(id), a);
    await clickText(".panel button.link", "load orders");
    await until("back", (id) => location.hash.includes(id), b);
  });

  let lost; // its findings are listed when it has settled
  for (const end = Date.now() + 20_000; !lost && Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
    lost = (await api("traces?limit=50")).traces.find((t) => t.findings && t.label.startsWith("worker"));
  }
  await step("a finding is read at its span, with causes and fix", async () => {
    await visit(`#/trace/${lost.trace_id}`);
    await clickText(".bar button", "finding");
    await shown("Likely causes");
    await shown("Expected:");
    await clickText(".panel summary", "the fix");
    await clickText(".panel .card button", "worker: process");
    await until("the span's details", () => document.querySelector(".panel h2")?.textContent.includes("worker: process"));
  });

  await step("search", async () => {
    await visit("#/traces");
    await fill("input[name=operation]", "GET /orders");
    await press("Enter");
    await shown("1 trace match");
    await click(".bar button[type=button]");
    await until("all traces", () => !document.body.innerText.includes("match"));
  });

  await step("brush the histogram", async () => {
    await still(); // the list of all traces comes in place of the one that was found
    await page.waitForSelector(".histogram svg rect", { visible: true });
    const box = await page.$eval(".histogram svg", (e) => { const { x, y, width } = e.getBoundingClientRect(); return { x, y, width }; });
    await page.mouse.move(box.x + box.width * 0.6, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.95, box.y + 20, { steps: 4 });
    await page.mouse.up();
    await until("the range", () => location.hash.includes("min_duration") && document.querySelector(".brush"));
    await visit("#/traces");
  });

  await step("brush the histogram by the keyboard", async () => {
    await still(); // the list of all traces comes in place of the one that was found
    await page.waitForSelector(".histogram svg rect", { visible: true });
    await page.focus(".histogram .slider");
    await press("ArrowRight", "ArrowRight");
    await page.keyboard.down("Shift");
    await press("ArrowRight", "ArrowRight");
    await page.keyboard.up("Shift");
    const range = await page.$eval(".histogram .slider", (e) => [e.getAttribute("aria-valuetext"), e.querySelector(".brush").getAttribute("width")]);
    assert.match(range[0], /^\S+ to \S+$/);
    assert.equal(range[1], "3");
    await press("Enter");
    await until("the range", () => location.hash.includes("min_duration"));
    await visit("#/traces");
  });

  await step("equal siblings are grouped, and one group is ungrouped", async () => {
    const id = hex(0x9a0, 32);
    await send(Array.from({ length: 6 }, (_, i) => ({
      traceId: id, spanId: hex(i + 1, 16), parentSpanId: i ? hex(1, 16) : "", name: i ? "read row" : "read all", kind: 1,
      startTimeUnixNano: nano(i), endTimeUnixNano: nano(i ? i + 1 : 9),
    })));
    await visit(`#/trace/${id}?group=true`);
    await until("a group", () => [...document.querySelectorAll(".trace .row .text")].some((e) => /^\d+x /.test(e.textContent)));
    const before = await page.$$eval(".trace .row", (all) => all.length);
    await page.focus(".trace.grid");
    const at = await page.$$eval(".trace .row", (all) => all.findIndex((e) => /^\d+x /.test(e.querySelector(".text").textContent)));
    await press("Home", ...Array.from({ length: at }, () => "ArrowDown"));
    await page.keyboard.down("Alt");
    await press("g");
    await page.keyboard.up("Alt");
    await until("each sibling", (n) => document.querySelectorAll(".trace .row").length > n && location.hash.includes("ungrouped="), before);
    await clickText(".trace .row.active button.badge", "group");
    await until("the group", (n) => document.querySelectorAll(".trace .row").length === n && !location.hash.includes("ungrouped="), before);
  });

  await step("skewed clocks, lost parents, old and current names are marked", async () => {
    const id = hex(0x5c3, 32), at = (span, parent, kind, from, to, attributes = []) => ({
      traceId: id, spanId: hex(span, 16), parentSpanId: parent ? hex(parent, 16) : "", name: `step ${span}`, kind,
      startTimeUnixNano: nano(from), endTimeUnixNano: nano(to), attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
    });
    await send([at(1, 0, 2, 0, 100), at(2, 1, 3, 10, 60), at(9, 8, 1, 20, 30)], "near");
    await send([at(3, 2, 2, 5_000, 5_030, { "http.method": "GET", "http.request.method": "GET", "http.url": "http://far/" })], "far");
    await visit(`#/trace/${id}?span=${hex(3, 16)}`);
    await until("the clock", () => /clock \+/.test([...document.querySelectorAll(".trace .row")].find((e) => e.textContent.includes("step 3"))?.textContent));
    await until("the orphan", () => /parent missing/.test([...document.querySelectorAll(".trace .row")].find((e) => e.textContent.includes("step 9"))?.textContent));
    await until("the pair", () => [...document.querySelectorAll(".panel dt")].some((e) => e.textContent === "http.request.method= http.method"));
    await until("the old name alone", () => [...document.querySelectorAll(".panel dt")].some((e) => /^http\.urlnow url\./.test(e.textContent)));
    assert.equal(await page.$$eval(".panel dt", (all) => all.filter((e) => e.textContent.startsWith("http.method")).length), 0);
  });

  await step("all spans, the critical path, and the tree as text", async () => {
    await browser.defaultBrowserContext().overridePermissions(new URL(server.url).origin, ["clipboard-read", "clipboard-write", "clipboard-sanitized-write"]);
    await visit(`#/trace/${whole.trace_id}`);
    await until("the compact tree", (n) => document.querySelectorAll(".trace .row").length === n, rows.length);
    const copied = async (button) => {
      await page.evaluate(() => navigator.clipboard.writeText("nothing"));
      await clickText(".view button", button);
      await page.waitForFunction(async () => await navigator.clipboard.readText() !== "nothing", { polling: 50 });
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const tree = async (query) => (await fetch(`${server.url}api/v1/traces/${whole.trace_id}.tree${query}`)).text();
    assert.equal(await copied("Copy as text"), await tree(""));
    assert.equal(await copied("Copy link"), `${server.url}#/trace/${whole.trace_id}`);
    await clickText(".bar button", "All spans");
    await until("all spans", (n) => document.querySelectorAll(".trace .row").length === n, whole.spans);
    assert.equal(await copied("Copy as text"), await tree("?view=full"));
    await clickText(".bar button", "Critical path");
    await until("the critical path", () => document.querySelectorAll(".trace .gantt > b").length > 1);
    for (const name of ["As text", "Download"]) {
      const href = await page.$$eval(".bar a", (all, name) => all.find((e) => e.textContent === name).href, name);
      const response = await fetch(href);
      assert.ok(response.ok && (await response.text()).includes("task-events"), href);
    }
  });

  await step("an attribute is copied, and traces are filtered by it", async () => {
    await visit(`#/trace/${whole.trace_id}?span=${consumer.span_id}`);
    await click("[aria-label='copy messaging.message.id']");
    await page.waitForFunction(async () => /^[0-9a-f-]{36}$/.test(await navigator.clipboard.readText()), { polling: 50 });
    await click("[aria-label='filter by messaging.message.id']");
    await shown("1 trace match");
    await until("the trace", () => /api-gateway: POST \/tasks/.test(document.querySelector(".list .row")?.textContent));
  });

  await step("a paused list stays as it is", async () => {
    await visit("#/traces?service=paused");
    const one = (n) => send([{ traceId: hex(0xfa05e + n, 32), spanId: hex(1, 16), name: "tick", kind: 1, startTimeUnixNano: nano(n), endTimeUnixNano: nano(n + 1) }], "paused");
    await one(0);
    await until("the first trace", () => document.querySelectorAll(".list .row").length === 1);
    await clickText(".bar button", "Pause");
    const before = await text(".status");
    await one(1);
    await until("its arrival", (before) => document.querySelector(".status").textContent !== before, before);
    await still();
    assert.equal(await page.$$eval(".list .row", (all) => all.length), 1);
    await click(".bar button[aria-pressed=true]");
    await until("the second trace", () => document.querySelectorAll(".list .row").length === 2);
  });

  await step("a projector's size, and a theme that is remembered", async () => {
    const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize));
    const before = await size();
    await clickText("header.top button", "Projector");
    assert.equal(await size(), 1.5 * before);
    await clickText("header.top button", "Projector");
    assert.equal(await size(), before);
    const theme = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await theme();
    await click("[aria-label='Light or dark']");
    const dark = await theme();
    assert.notEqual(dark, light);
    await page.reload();
    await until("the same theme", (dark) => getComputedStyle(document.body).backgroundColor === dark, dark);
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    await until("the system's theme", (light) => getComputedStyle(document.body).backgroundColor === light, light);
  });

  await step("upload by drag and drop", async () => {
    const file = execFileSync(tracelab, ["simulate", "-", "--export", "-"], { input: "bakery: GET /bread (root)\n  db: Query (breads table)\n" }).toString();
    await page.evaluate((file) => {
      const data = new DataTransfer();
      data.items.add(new File([file], "bread.json"));
      dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
    }, file);
    await until("the uploaded trace", () => document.querySelector("h1")?.textContent.includes("bakery: GET /bread"));
  });

  await step("compare", async () => {
    const traces = (await api("traces?limit=50")).traces;
    const other = traces.find((t) => t.label === whole.label && t.spans < whole.spans);
    await visit(`#/compare?before=${whole.trace_id}&after=${other.trace_id}`);
    await shown("Different structure");
    await until("the difference", () => /- .*worker: process/.test(document.querySelector(".diff")?.textContent));
  });

  await step("the keyboard alone: list, tree, span and back", async () => {
    await visit("#/traces?operation=process");
    await shown("traces match");
    await until("rows", () => document.querySelectorAll(".list .row").length > 1 && document.activeElement.getAttribute("role") === "grid");
    await press("ArrowDown", "ArrowUp", "Enter");
    await until("the tree has the focus", () => document.activeElement.getAttribute("role") === "treegrid" && document.querySelectorAll(".trace .row").length > 2);
    const before = await page.$$eval(".trace .row", (all) => all.length);
    await press("Home", "ArrowLeft");
    await until("it is collapsed", (n) => document.querySelectorAll(".trace .row").length < n, before);
    await press("ArrowRight");
    await until("it is expanded", (n) => document.querySelectorAll(".trace .row").length === n, before);
    await press("d", "b", ":");
    await until("type-ahead", () => /db:/.test(document.querySelector(".trace .row.active")?.textContent));
    await press("Enter");
    await until("details", () => document.activeElement.classList.contains("panel"));
    await shown("Attributes");
    await press("Escape");
    await until("the tree has the focus again", () => document.activeElement.getAttribute("role") === "treegrid");
    await press("p", "r", "o", "c", "e", "s", "s");
    await until("the consumer", () => /worker: process/.test(document.querySelector(".trace .row.active")?.textContent));
    await page.keyboard.down("Alt");
    await press("l");
    await page.keyboard.up("Alt");
    await until("its link", () => /sqs: SendMessage/.test(document.querySelector(".panel h2")?.textContent));
    await press("Escape", "Escape");
    await until("the list", () => location.hash.startsWith("#/traces") && document.activeElement.getAttribute("role") === "grid");
  });

  await step("pictures for the README", async () => {
    for (const [name, hash, scheme] of [
      ["list", "#/traces", "light"], ["trace", `#/trace/${whole.trace_id}?critical=true&span=${consumer.span_id}`, "light"], ["map", "#/map", "dark"],
    ]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width: 1280, height: name === "list" ? 640 : 560 });
      await visit("#/");
      await visit(hash);
      await still();
      await page.evaluate(() => document.querySelector(".toast")?.remove());
      if (name === "trace") await shown("Links to");
      await page.screenshot({ path: join(pictures, `readme-${name}.png`) });
    }
    await page.emulateMediaFeatures([]);
    await page.setViewport({ width: 1280, height: 800 });
  });

  await step("hostile texts are shown as text", async () => {
    const id = hex(0xbad, 32);
    const evil = `<img src=x onerror=alert(1)><script>alert(2)</script>\u202e\u001b[31mred`;
    await send([{
      traceId: id, spanId: hex(1, 16), name: evil, kind: 2, startTimeUnixNano: nano(0), endTimeUnixNano: nano(3),
      status: { code: 2, message: evil }, attributes: [{ key: evil, value: { stringValue: "x".repeat(10 << 20) } }, { key: "a", value: { stringValue: evil } }],
    }], evil);
    await visit(`#/trace/${id}?span=${hex(1, 16)}`);
    await shown("<script>alert(2)</script>");
    assert.equal(await page.$(".view img, .view script"), null);
    await page.evaluate((evil) => {
      const data = new DataTransfer();
      data.items.add(new File([evil], `${evil}.json`));
      dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
    }, evil);
    await until("the refused upload", () => document.querySelector(".toast")?.textContent.includes("unknown trace format"));
    assert.equal(await page.$(".toast img, .toast script"), null);
    const problem = problems.pop(); // the browser prints the status of the refused upload
    assert.match(problem, /status of 400/);
  });

  await step("a trace with more spans than fit is marked", async () => {
    const small = await start(tracelab, "serve", "--only", "receiver,page", "--http", ":0", "--otlp-http", ":0", "--otlp-grpc", ":0", "--memory", "1MiB");
    try {
      const id = hex(0xc07, 32);
      await send(Array.from({ length: 100 }, (_, i) => ({
        traceId: id, spanId: hex(i + 1, 16), parentSpanId: i ? hex(1, 16) : "", name: `step ${i}`, kind: 1, startTimeUnixNano: nano(i), endTimeUnixNano: nano(200),
        attributes: [{ key: `text ${i}`, value: { stringValue: `${i} ${"x".repeat(30_000)}` } }],
      })), "full", receiverOf(small));
      await page.goto(`${small.url}#/traces`);
      await shown("spans cut");
      await visit(`#/trace/${id}`);
      await shown("dropped for lack of memory: what is shown is incomplete");
      await page.goto(`${server.url}#/traces`);
    } finally {
      stop(small);
    }
  });

  const views = { list: "#/traces", trace: `#/trace/${whole.trace_id}?span=${consumer.span_id}`, findings: `#/trace/${lost.trace_id}`, map: "#/map", operations: "#/operations", choose: "#/compare",
    compare: `#/compare?before=${whole.trace_id}&after=${lost.trace_id}`, scenarios: "#/scenarios", challenge: "#/challenge", story: "#/scenarios/lost-context-attributes" };
  const settle = async (name) => {
    if (name === "findings") await clickText(".bar button", "finding");
    await still();
  };
  const found = [];
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    for (const [name, hash] of Object.entries(views)) {
      await step(`axe: ${name}, ${scheme}`, async () => {
        await visit("#/");
        await visit(hash);
        await page.waitForSelector("main > *");
        await settle(name);
        found.push(...(await axe(page)).map((v) => [`${name}, ${scheme}`, ...v]));
      });
      for (const [width, height] of [[1280, 800], [3840, 2160]]) {
        if (["findings", "choose"].includes(name)) continue;
        await page.setViewport({ width, height });
        await settle("");
        await page.screenshot({ path: join(pictures, `${name}-${scheme}-${width}.png`) });
      }
      await page.setViewport({ width: 1280, height: 800 });
    }
  }
  await page.emulateMediaFeatures([]);
  await step("axe finds no violation in any view", async () => assert.deepEqual(found, []));

  await step("a narrow window has no horizontal scroll bar", async () => {
    await page.setViewport({ width: 400, height: 800 });
    for (const [name, hash] of Object.entries(views)) {
      await visit(hash);
      await settle("");
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), hash);
      await page.screenshot({ path: join(pictures, `${name}-light-400.png`) });
    }
    await page.setViewport({ width: 1280, height: 800 });
  });

  await step("nothing moves where motion is to be reduced", async () => {
    await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
    for (const hash of Object.values(views)) {
      await visit(hash);
      await settle("");
      const moving = await page.evaluate(() => document.getAnimations().length +
        [...document.querySelectorAll("*")].filter((e) => getComputedStyle(e).scrollBehavior === "smooth").length);
      assert.equal(moving, 0, hash);
    }
    await page.emulateMediaFeatures([]);
  });

  await step("a trace on paper has all of its rows, and nothing to press", async () => {
    const id = hex(0x9a9e5, 32), total = 250;
    await send(Array.from({ length: total }, (_, i) => ({
      traceId: id, spanId: hex(i + 1, 16), parentSpanId: i ? hex(Math.floor((i - 1) / 4) + 1, 16) : "", name: `step ${i}`, kind: 1,
      startTimeUnixNano: nano(i), endTimeUnixNano: nano(2 * total - i),
    })));
    await visit(`#/trace/${id}`);
    await until("the tree", (n) => Number(document.querySelector(".trace.grid")?.getAttribute("aria-rowcount")) === n + 1, total);
    await settle("");
    assert.ok((await page.$$(".trace .row")).length < total, "the window shows all rows");
    await page.emulateMediaType("print");
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    const paper = await page.evaluate(() => {
      const rows = [...document.querySelectorAll(".trace .row")].map((e) => e.getBoundingClientRect());
      const seen = (/** @type {string} */ s) => [...document.querySelectorAll(s)].filter((e) => e.getClientRects().length).length;
      return { rows: rows.length, apart: rows.every((r, i) => !i || r.top >= rows[i - 1].bottom - 1), buttons: seen("header.top, .bar button"), wide: document.documentElement.scrollWidth <= innerWidth };
    });
    assert.deepEqual(paper, { rows: total, apart: true, buttons: 0, wide: true });
    await page.pdf({ path: join(pictures, "trace.pdf"), format: "a4", landscape: true });
    await page.emulateMediaType(undefined);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    await page.setViewport({ width: 1280, height: 800 });
  });

  await step("a page in a single file", async () => {
    const spans = join(work, "spans.json"), file = join(work, "page.html");
    writeFileSync(spans, await (await fetch(`${server.url}api/v1/traces/${whole.trace_id}.json`)).text());
    writeFileSync(file, execFileSync(tracelab, ["view", spans, "--format", "html"]));
    const tab = await browser.newPage();
    watch(tab);
    await tab.setViewport({ width: 1280, height: 800 });
    await tab.goto(`file://${file}`);
    await click(".list .row", tab);
    await click(".trace .row", tab);
    await tab.waitForSelector(".panel dl");
    await tab.evaluate(() => { location.hash = "#/map"; });
    await tab.waitForSelector(".map .node");
    for (const scheme of ["light", "dark"]) {
      await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      for (const hash of ["#/traces", "#/map", "#/operations", `#/trace/${whole.trace_id}?span=${consumer.span_id}`]) {
        await tab.evaluate((hash) => { location.hash = hash; }, hash);
        await still(tab);
        assert.deepEqual(await axe(tab), [], `${hash}, ${scheme}, in a file`);
      }
      await tab.screenshot({ path: join(pictures, `file-${scheme}-1280.png`) });
    }
    await tab.close();
  });

  await step("items of the challenge are ticked as spans arrive", async () => {
    const other = await start(tracelab, "serve", "--only", "receiver,page", "--http", ":0", "--otlp-http", ":0", "--otlp-grpc", ":0");
    const run = (propagators) => execFileSync(tracelab, ["run"], { env: {
      ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiverOf(other), OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf", OTEL_PROPAGATORS: propagators,
    } });
    try {
      await page.goto(`${other.url}#/challenge`);
      await shown("No request with a span of the gateway has come yet.");
      run("none");
      await until("some of the items", () => document.querySelectorAll(".checklist .good").length > 5 && document.querySelectorAll(".checklist .bad").length > 0);
      await shown("Seen:");
      await still();
      for (const [width, height] of [[1280, 800], [400, 800], [3840, 2160]]) {
        await page.setViewport({ width, height });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
        await page.screenshot({ path: join(pictures, `challenge-light-${width}.png`) });
      }
      await page.setViewport({ width: 1280, height: 800 });
      run("tracecontext,baggage");
      await shown("22 of 22 items are met.");
      assert.equal(await page.$$eval(".checklist .good", (all) => all.length), 22);
      await clickText(".view a", "trace ");
      await until("the graded trace", () => /worker: process/.test(document.querySelector(".trace.grid")?.textContent));
      await page.goto(server.url);
    } finally {
      stop(other);
    }
  });

  await step("a mystery is solved and revealed", async () => {
    await visit("#/scenarios");
    await clickText("a.button", "Solve a mystery");
    await clickText("button.primary", "Run a mystery");
    await until("the answers", () => document.querySelectorAll(".answers button").length > 1);
    await click(".answers button");
    await until("the verdict", () => /^(Right|Not this)$/.test(document.querySelector(".card h4")?.textContent));
    await clickText(".card button", "Reveal");
    await clickText(".card a", "Its story");
    await until("the story", () => location.hash !== "#/scenarios/mystery" && document.querySelector(".prose"));
  });
});
