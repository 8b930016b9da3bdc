// Opens every page at two widths, in two languages and two themes, with and without scripts.
// Usage: node check.mjs <chromium> <address> <folder for pictures> <path>...
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [executablePath, address, pictures, ...paths] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const faults = [];
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

async function visit(path, { width, language, theme, scripts }) {
  const name = `${path} at ${width}, ${language}, ${theme}${scripts ? "" : ", without scripts"}`;
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: theme,
    javaScriptEnabled: scripts,
  });
  await context.addCookies([{ name: "lang", value: language, url: address }]);
  const page = await context.newPage();
  page.on("console", (line) => line.type() === "error" && faults.push(`${name}: console: ${line.text()}`));
  page.on("pageerror", (error) => faults.push(`${name}: ${error}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) faults.push(`${name}: asks ${request.url()}`);
  });
  const response = await page.goto(address + path, { waitUntil: "load" });
  if (response.status() !== 200) faults.push(`${name}: status ${response.status()}`);
  if (scripts) {
    const wide = await page.evaluate(overflow);
    if (wide > 0) faults.push(`${name}: ${wide} px wider than the screen`);
    await page.evaluate(axe + "; undefined"); // through the debugger, which the policy does not bind
    const found = await page.evaluate(() =>
      window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
    );
    for (const violation of found.violations)
      faults.push(`${name}: axe: ${violation.help}: ${violation.nodes.map((n) => n.target).join(" ")}`);
    const file = `${paths.indexOf(path)}-${width}-${language}-${theme}.png`;
    await page.screenshot({ path: `${pictures}/${file}`, fullPage: true });
  } else if ((await page.locator("main").innerText()).length < 40) {
    faults.push(`${name}: says next to nothing`);
  }
  await context.close();
}

for (const path of paths)
  for (const width of [360, 1280])
    for (const language of ["en", "zh-Hans"]) {
      for (const theme of ["light", "dark"]) await visit(path, { width, language, theme, scripts: true });
      await visit(path, { width, language, theme: "light", scripts: false });
    }
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${paths.length} pages looked at in 12 ways each: ${faults.length} faults.`);
process.exitCode = faults.length ? 1 : 0;
