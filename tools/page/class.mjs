// Walks through the class board in a real browser: as a teacher in one tab and as two teams in others.
//
//	node class.mjs TRACELAB PICTURES
//
// CHROMIUM is the browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { violations as axe, walk } from "./support.mjs";

const [tracelab, pictures] = process.argv.slice(2);
mkdirSync(pictures, { recursive: true });

await walk(tracelab, join(pictures, "class-failed.png"), async ({ server, browser, page, watch, until, shown, fill, clickText, step }) => {
  const address = (/** @type {string} */ who) => new RegExp(`for the ${who}: +(\\S+)`).exec(server.output)[1];
  const patience = { timeout: 30_000, polling: 50 };
  const tab = async () => {
    const context = await browser.createBrowserContext(); // a team's own browser
    const opened = await context.newPage();
    watch(opened);
    await opened.setViewport({ width: 1280, height: 800 });
    return opened;
  };
  const has = (tab, what) => tab.waitForFunction((what) => document.body.innerText.includes(what), patience, what);
  const cells = (tab, name) => tab.evaluate((name) => {
    const row = [...document.querySelectorAll("table.class tbody tr")].find((e) => e.querySelector("th").textContent === name);
    return row && [...row.children].map((e) => e.textContent);
  }, name);
  const enter = async (name) => {
    const team = await tab();
    await team.goto(address("teams"));
    await fill("input[name=team]", name, team);
    await team.keyboard.press("Enter");
    await has(team, "In the shell of each of your programs:");
    const lines = await team.$eval("pre.tree", (e) => e.textContent);
    return { tab: team, env: Object.fromEntries(lines.split("\n").map((line) => line.replace("export ", "").split("="))) };
  };
  const run = (team, env = {}) => execFileSync(tracelab, ["run"], { env: { ...process.env, ...team.env, ...env } });

  await page.setViewport({ width: 1280, height: 800 });
  await step("without a code, the board asks for one", async () => {
    await page.goto(`${server.url}class/`);
    await shown("Code of the class");
    assert.deepEqual(await axe(page), []);
  });
  await step("the teacher's board is empty and explains what to do", async () => {
    await page.goto("about:blank");
    await page.goto(address("teacher"));
    await shown("No team has joined yet");
    assert.deepEqual(await axe(page), []);
    await until("the address has no code", () => !location.href.includes("code"));
    await page.reload();
    await shown("No team has joined yet");
  });

  let ada, bob;
  await step("two teams join, and appear without reload", async () => {
    ada = await enter("Ada");
    bob = await enter("<b>Bob</b>");
    await until("both rows", () => document.querySelectorAll("table.class tbody tr").length === 2);
    assert.equal((await cells(page, "<b>Bob</b>"))[2], "0/22");
  });
  await step("ticks appear as spans arrive", async () => {
    run(ada);
    run(bob, { OTEL_PROPAGATORS: "none" });
    await until("22 of 22", () => /Ada22\/22/.test(document.querySelector("table.class tbody").textContent));
    await until("the other one's", () => /<b>Bob<\/b>([1-9]|1\d)\/22/.test(document.querySelector("table.class tbody").textContent));
    await has(ada.tab, "22 of 22 items are met.");
    await has(bob.tab, "set a propagator"); // advice for Go
  });
  await step("a team sees its own details, and others' rows only", async () => {
    assert.equal(await ada.tab.$$eval("table.class tbody button", (all) => all.length), 1);
    assert.deepEqual(await axe(ada.tab), []);
    await bob.tab.screenshot({ path: join(pictures, "class-team.png") });
  });
  await step("a team is remembered when it reloads the page", async () => {
    await ada.tab.reload();
    await has(ada.tab, "In the shell of each of your programs:");
  });
  await step("the teacher reads details, in light and dark", async () => {
    await clickText("table.class button", "Bob");
    await shown("The graded request");
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      assert.deepEqual(await axe(page), [], value);
      await page.screenshot({ path: join(pictures, `class-teacher-${value}.png`) });
    }
    await page.emulateMediaFeatures([]);
    assert.equal(await page.$eval("table.class", (e) => e.querySelectorAll("b").length), 0);
  });
  await step("a key press selects a team, and the focus stays when rows change", async () => {
    await page.focus("table.class tbody button");
    await page.keyboard.press("Enter");
    run(ada);
    await until("the new spans", () => /Ada22\/22.*14/.test(document.querySelector("table.class tbody").textContent));
    assert.ok(await page.evaluate(() => document.activeElement?.matches("table.class tbody button")));
  });
  await step("hidden names are on no page", async () => {
    await clickText(".bar button", "Hide names");
    for (const who of [page, ada.tab, bob.tab]) {
      await has(who, "Team 1");
      await who.waitForFunction(() => !/Ada|Bob/.test(document.body.innerText), patience);
    }
    await clickText(".bar button", "Show names");
    await shown("Ada");
  });
  await step("the table is saved", async () => {
    const saved = page.evaluate(() => new Promise((done) => {
      const create = URL.createObjectURL;
      URL.createObjectURL = (blob) => { blob.text().then(done); return create(blob); };
    }));
    await clickText(".bar button", "Save as CSV");
    assert.match(await saved, /^number,team,met,items[^\n]*\n1,Ada,22,22,/);
  });
  await step("a narrow window has no horizontal scroll bar", async () => {
    await page.setViewport({ width: 400, height: 800 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await page.setViewport({ width: 1280, height: 800 });
  });
  await step("a team is removed by pressing twice", async () => {
    if (!await page.evaluate(() => document.querySelector(".panel h2")?.textContent.includes("Bob"))) await clickText("table.class button", "Bob");
    await clickText(".panel button", "Remove the team");
    await clickText(".panel button", "Remove it with its traces");
    await until("one row", () => document.querySelectorAll("table.class tbody tr").length === 1);
    assert.equal((await cells(page, "<b>Bob</b>")), undefined);
    await bob.tab.waitForFunction(() => document.querySelectorAll("table.class tbody tr").length === 1, patience);
  });
  await step("a board for the picture in docs/class.md", async () => {
    const grace = await enter("Grace");
    await enter("Edsger");
    run(grace, { OTEL_PROPAGATORS: "none" });
    await until("Grace's row", () => /Grace([1-9]|1\d)\/22/.test(document.querySelector("table.class tbody").textContent));
    await clickText("table.class button", "Grace");
    await shown("The graded request");
    await page.screenshot({ path: join(pictures, "readme-class.png") });
  });
}, "--class");
