// Lives the stories, each in a browser context of its own.
// Usage: node stories.mjs <chromium> <stage as JSON> <folder for pictures> [short | parts of names]
import assert from "node:assert/strict";
import { browser, node } from "./harness.mjs";
import { afterwards, stories as programs } from "./stories/programs.mjs";
import { stories as credit } from "./stories/credit.mjs";
import { stories as lending } from "./stories/lending.mjs";
import { stories as repair } from "./stories/repair.mjs";
import { stories as shared } from "./stories/shared.mjs";
import { stories as session } from "./stories/session.mjs";
import { stories as staff } from "./stories/staff.mjs";
import { stories as wallet } from "./stories/wallet.mjs";

// What every change has to pass: one of each kind, quick.
const SHORT = ["two wallets", "sign-in", "what is due is paid"];
const only = process.argv[5] ?? "";
const parts = only === "short" ? SHORT : only.split(",");
const wanted = (name) => parts.some((part) => name.includes(part));
const told = { ...wallet, ...credit, ...repair, ...lending, ...staff, ...session, ...shared, ...programs, ...afterwards };
const stories = Object.entries(told).filter(([name]) => wanted(name));

let failed = 0;
for (const [name, live] of stories) {
  const snapshot = await node("eth_blockNumber");
  try {
    const page = await live();
    if (!page.quiet) assert.deepEqual(page.faults, []);
    await page.context().close();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAILED  ${name}, from block ${Number(snapshot)}\n${error.stack}`);
  }
}
await browser.close();
console.log(`${stories.length} stories with a wallet: ${failed} failed.`);
process.exitCode = failed ? 1 : 0;
