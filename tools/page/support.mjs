// What the walks through the page share: a server, a browser that watches for problems, and steps.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Starts a command that serves, and returns its process and output up to the line after which it is ready.
 * @param {string} tracelab @param {...string} args
 */
export function start(tracelab, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(tracelab, args, { env: { ...process.env, BROWSER: "true" } });
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
      if (output.includes("Ctrl-C stops.")) resolve({ child, output, url: /page is at (http:\/\/[^/]+\/)/.exec(output)[1] });
    });
    child.stderr.on("data", (data) => { if (!/level=INFO/.test(data)) process.stderr.write(data); });
    child.on("exit", (code) => reject(new Error(`tracelab ${args.join(" ")} ended with ${code}: ${output}`)));
  });
}

export const hex = (/** @type {number} */ n, /** @type {number} */ width) => n.toString(16).padStart(width, "0");
export const nano = (/** @type {number} */ ms) => `${BigInt(Date.now()) * 1000000n + BigInt(Math.round(ms * 1e6))}`;

/**
 * Starts a server and a browser, runs a walk, and ends both. The walk gets what it needs to move around.
 * @param {string} tracelab @param {string} failed the file of the picture that is taken when the walk fails
 * @param {(walk: any) => Promise<void>} run
 * @param {...string} args further arguments of the server
 */
export async function walk(tracelab, failed, run, ...args) {
  const server = await start(tracelab, "serve", "--http", ":0", "--otlp-http", ":0", "--otlp-grpc", ":0", "--memory", "2GiB", ...args);
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--force-device-scale-factor=1"],
  });
  const page = await browser.newPage();
  try {
    await run(around(server, browser, page));
  } catch (error) {
    await page.screenshot({ path: failed }).catch(() => {}); // the browser may be what failed
    throw error;
  } finally {
    await browser.close();
    stop(server);
  }
}

/** Ends a command that serves. */
export function stop(server) {
  server.child.removeAllListeners("exit");
  server.child.kill("SIGINT");
}

/** Returns the URL for exporters of a command that serves. */
export const receiverOf = (server) => /OTEL_EXPORTER_OTLP_ENDPOINT=(\S+)/.exec(server.output)[1];

function around(server, browser, page) {
  const problems = [];
  const watch = (tab) => {
    tab.on("console", (m) => { if (["error", "warn"].includes(m.type())) problems.push(`console: ${m.text()} ${m.location().url ?? ""}`); });
    tab.on("pageerror", (e) => problems.push(`page: ${e.message}`));
    tab.on("dialog", (d) => { problems.push(`dialog: ${d.message()}`); void d.dismiss(); });
    tab.on("request", (r) => { if (!/^(http:\/\/127\.0\.0\.1|data:|file:|blob:)/.test(r.url())) problems.push(`outside: ${r.url()}`); });
  };
  watch(page);
  const until = (what, test, ...args) => page.waitForFunction(test, { timeout: 90_000, polling: 50 }, ...args).catch(() => {
    throw new Error(`${what}: not within 90 seconds; at ${page.url()}`);
  });
  /** Waits until the texts have not changed for 400 ms. Requests are no measure: the stream of events never ends. */
  const still = (tab = page) => tab.evaluate(async () => {
    let before = "";
    for (let same = 0; same < 4; ) {
      await new Promise((done) => setTimeout(done, 100));
      const now = document.querySelector("main").innerText;
      same = now === before ? same + 1 : 0;
      before = now;
    }
  });
  const go = (hash) => page.evaluate((hash) => { location.hash = hash; }, hash);
  return {
    server, browser, page, problems, watch, until,
    api: async (path) => (await fetch(`${server.url}api/v1/${path}`)).json(),
    text: (selector) => page.$eval(selector, (e) => e.textContent),
    shown: (what) => until(`"${what}" is shown`, (what) => document.body.innerText.includes(what), what),
    /** Goes to a view, and waits until it rests: a key or a click at one that is drawn anew is lost. */
    visit: async (hash) => {
      await go(hash);
      await still();
    },
    go,
    press: async (...keys) => { for (const key of keys) await page.keyboard.press(key); },
    /**
     * Clicks at an element as soon as it is there and rests. Where the page draws itself anew in between, it looks for the
     * element again: page.click would fail, as it keeps the one that it found.
     */
    click: (selector, tab = page) => tab.locator(selector).setTimeout(90_000).click(),
    fill: (selector, what, tab = page) => tab.locator(selector).setTimeout(90_000).fill(what),
    still,
    clickText: async (selector, what) => {
      await until(`${selector} "${what}"`, (s, w) => [...document.querySelectorAll(s)].some((e) => e.textContent.includes(w)), selector, what);
      await page.evaluate((s, w) => [...document.querySelectorAll(s)].find((e) => e.textContent.includes(w)).click(), selector, what);
    },
    step: async (name, run) => {
      const began = Date.now();
      await run();
      assert.deepEqual(problems, [], name);
      console.log(`ok   ${name} (${Date.now() - began} ms)`);
    },
    send: async (spans, service = "shop", receiver = receiverOf(server)) => {
      const response = await fetch(`${receiver}/v1/traces`, {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ resourceSpans: [{ resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] }, scopeSpans: [{ spans }] }] }),
      });
      assert.equal(response.status, 200, await response.text());
    },
  };
}

/**
 * Returns what axe finds in a tab. It runs in the debugger: the page's policy allows no script of others.
 * @param {import("puppeteer-core").Page} tab
 */
export async function violations(tab) {
  const client = await tab.createCDPSession();
  await client.send("Runtime.evaluate", { expression: `${axe};0` });
  const { result, exceptionDetails } = await client.send("Runtime.evaluate", {
    expression: "axe.run({resultTypes:['violations']}).then(r=>JSON.stringify(r.violations.map(v=>[v.id,v.help,v.nodes.slice(0,3).map(n=>n.html+' '+n.failureSummary)])))",
    awaitPromise: true, returnByValue: true,
  });
  assert.equal(exceptionDetails, undefined);
  await client.detach();
  return JSON.parse(result.value);
}
