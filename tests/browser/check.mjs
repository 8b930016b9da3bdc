// Opens every page so that every two of width, language and theme meet, without scripts, and with text of
// twice the size; tells at the end how long each took.
// Usage: node check.mjs <chromium> <address> <folder for pictures> <[{path, cookie}] as JSON>
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const [executablePath, address, pictures, given] = process.argv.slice(2);
const pages = JSON.parse(given);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const MOST_BYTES = 150_000; // of a first load, compressed
const WAYS = [
  { width: 360, language: "en", theme: "light" },
  { width: 360, language: "zh-Hans", theme: "dark" },
  { width: 1280, language: "en", theme: "dark" },
  { width: 1280, language: "zh-Hans", theme: "light" },
  { width: 360, language: "en", theme: "light", without: true },
  { width: 1280, language: "zh-Hans", theme: "light", without: true },
];
// Who wants large letters says so to the browser; the width stays.
const LARGE = ["--blink-settings=defaultFontSize=32,defaultFixedFontSize=26"];
const LARGE_WAYS = [
  { width: 1280, language: "en", theme: "light", large: true },
  { width: 360, language: "zh-Hans", theme: "light", large: true },
];
const faults = [];
const times = []; // of first loads: path, milliseconds until the first byte and until all is there, bytes
let heaviest = 0;
const launched = (more = []) => chromium.launch({ executablePath, args: ["--no-sandbox", ...more] });
const [browser, largeBrowser] = [await launched(), await launched(LARGE)];

const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
const shift = () =>
  new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value))).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 50);
  });

async function visit({ path, cookie }, index, { width, language, theme, without = false, large = false }) {
  const name = `${path} at ${width}, ${language}, ${theme}${without ? ", without scripts" : ""}${large ? ", large text" : ""}`;
  const fault = (text) => {
    faults.push(text);
    console.error(`${name}: ${text}`);
  };
  const context = await (large ? largeBrowser : browser).newContext({ viewport: { width, height: 800 }, colorScheme: theme, javaScriptEnabled: !without });
  // as a header: the browser lets nobody but the service itself set a session's cookie
  await context.setExtraHTTPHeaders({ Cookie: `lang=${language}${cookie ? `; __Host-tallystick=${cookie}` : ""}` });
  const page = await context.newPage();
  const wanted = path === "/loans/unknown" ? 404 : 200;
  page.on("console", (line) => line.type() === "error" && wanted === 200 && fault(`console: ${line.text()}`));
  page.on("pageerror", (error) => fault(String(error)));
  const loaded = [];
  page.on("response", (response) => loaded.push(response.body().then((body) => gzipSync(body).length, () => 0)));
  page.on("request", (request) => request.url().startsWith(address) || request.url().startsWith("blob:") || fault(`asks ${request.url()}`));
  const response = await page.goto(address + path, { waitUntil: "load" });
  if (response.status() !== wanted) fault(`status ${response.status()}`);
  if (!page.url().endsWith(path)) fault(`leads to ${page.url()}`);
  if (without) {
    if ((await page.locator("main").innerText()).length < 40) fault("says next to nothing");
  } else if (large) await enlarged(page, fault, `${pictures}/${String(index).padStart(2, "0")}-${width}-${language}-large.png`);
  else await examine(page, fault, `${pictures}/${String(index).padStart(2, "0")}-${width}-${language}-${theme}.png`);
  const bytes = (await Promise.all(loaded)).reduce((sum, one) => sum + one, 0);
  heaviest = Math.max(heaviest, bytes);
  if (!without && !large) times.push({ path, ...(await page.evaluate(taken)), bytes });
  if (bytes > MOST_BYTES) fault(`${bytes} bytes`);
  await context.close();
}

const taken = () => {
  const { responseStart, loadEventEnd } = performance.getEntriesByType("navigation")[0];
  return { first: Math.round(responseStart), all: Math.round(loadEventEnd) };
};

async function enlarged(page, fault, file) {
  const wide = await page.evaluate(overflow);
  if (wide > 0) fault(`${wide} px wider than the screen`);
  await page.screenshot({ path: file, fullPage: true });
}

async function examine(page, fault, file) {
  const wide = await page.evaluate(overflow);
  if (wide > 0) fault(`${wide} px wider than the screen`);
  const moved = await page.evaluate(shift);
  if (moved > 0.02) fault(`its layout shifts by ${moved.toFixed(3)}`);
  await page.evaluate(axe + "; undefined"); // through the debugger, which the policy does not bind
  const found = await page.evaluate(() =>
    window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  for (const violation of found.violations) fault(`axe: ${violation.help}: ${violation.nodes.map((n) => n.target).join(" ")}`);
  await page.screenshot({ path: file, fullPage: true });
}

for (const [index, page] of pages.entries()) {
  console.log(`${String(index).padStart(2, "0")} ${page.path}`);
  for (const way of [...WAYS, ...LARGE_WAYS]) await visit(page, index, way);
}
await browser.close();
await largeBrowser.close();
const slowest = new Map(); // of a page, the slowest of its loads
for (const one of times) if (!(slowest.get(one.path)?.all >= one.all)) slowest.set(one.path, one);
console.log("milliseconds until the first byte and until all is there, bytes compressed; the slowest of each page's loads");
for (const { path, first, all, bytes } of [...slowest.values()].sort((one, other) => other.all - one.all))
  console.log(`${String(first).padStart(6)} ${String(all).padStart(6)} ${String(bytes).padStart(7)}  ${path}`);
console.log(`${pages.length} pages looked at in ${WAYS.length + LARGE_WAYS.length} ways each, at most ${heaviest} bytes compressed: ${faults.length} faults.`);
process.exitCode = faults.length ? 1 : 0;
