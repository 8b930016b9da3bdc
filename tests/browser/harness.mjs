// The browser, its pages with wallets, and shorthand for what stories do.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";
import { give } from "./provider.mjs";

const [executablePath, given, pictures] = process.argv.slice(2);
export const stage = JSON.parse(given); // address, node, wallet, chain, parties, loans, offer
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const PATIENCE = 20_000;

async function post(url, body) {
  const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return (await answer.json()).result;
}

// The chain's node, and the scene behind it: restart, travel, silence.
export const node = (method, ...params) => post(stage.node, { jsonrpc: "2.0", id: 1, method, params });
export const scene = (act, ...params) => post(stage.wallet, { account: "", method: `stage_${act}`, params });

export async function open(path, wallet, context) {
  context ??= await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.faults = [];
  page.on("console", (line) => line.type() === "error" && !page.quiet && page.faults.push(`console: ${line.text()}`));
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("dialog", (dialog) => dialog.accept());
  page.on("request", (request) => {
    if (!request.url().startsWith(stage.address) && !request.url().startsWith("blob:")) page.faults.push(`asks ${request.url()}`);
  });
  page.scene = wallet && (await give(page, { wallet: stage.wallet, chain: stage.chain, ...wallet }));
  page.setDefaultTimeout(PATIENCE);
  await page.goto(stage.address + path);
  return page;
}

export const says = (page, text, where = "#act") => page.locator(`${where} [role=status]`, { hasText: text }).waitFor();
export const press = (page, name) => page.getByRole("button", { name }).click();
export const connect = async (page) => {
  await press(page, "Connect wallet");
  await page.locator("#wallet a").waitFor();
};

// Opens a page of one's own, by way of signing in.
export async function enter(path, name, context) {
  const page = await open(path, { account: stage.parties[name] }, context);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.locator("#act").getByRole("button", { name: "Connect wallet" }).click();
  await press(page, "Sign in with this wallet");
  await page.waitForURL(stage.address + path);
  return page;
}

export async function look(page, name) {
  await page.evaluate(axe + "; undefined");
  const found = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }));
  assert.deepEqual(found.violations.map(({ help, nodes }) => `${help}: ${nodes.map((n) => n.target)}`), [], name);
  await page.screenshot({ path: `${pictures}/story-${name}.png`, fullPage: true });
}
