// From signing in to a loan that is paid off.
import assert from "node:assert/strict";
import { connect, enter, look, open, press, says, scene, stage } from "../harness.mjs";

const ABOUT = {
  checking_account: "high",
  credit_history: "running_paid",
  use: "furniture",
  savings: "more",
  employed_since: "longer",
  installment_rate: "2",
  other_debtors: "none",
  residence_since: "4",
  property: "real_estate",
  other_plans: "none",
  housing: "own",
  credits_here: "1",
  job: "skilled",
  dependants: "1",
  telephone: "registered",
};

async function tellAbout(page) {
  for (const [name, value] of Object.entries(ABOUT)) {
    const field = page.locator(`#apply [name="declared.${name}"]`);
    if (await field.evaluate((element) => element.tagName === "SELECT")) await field.selectOption(value);
    else await field.fill(value);
  }
  await page.getByLabel("Income", { exact: true }).fill("3000.00");
  await page.getByLabel("Expenses without loans").fill("1500.00");
}

export const stories = {
  async "sign-in: declined, then done, and a replayed message opens nothing"() {
    const page = await open("/me", { account: stage.parties.gil });
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.locator("#act").getByRole("button", { name: "Connect wallet" }).click();
    page.scene.declines.add("personal_sign");
    await press(page, "Sign in with this wallet");
    await says(page, "You declined in the wallet");
    page.scene.declines.clear();
    const sent = page.waitForRequest("**/v1/sessions");
    await press(page, "Sign in with this wallet");
    const replayed = (await sent).postData();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    const answer = await fetch(`${stage.address}/v1/sessions`, { method: "POST", headers: { "Content-Type": "application/json" }, body: replayed });
    assert.equal((await answer.json()).code, "signed_message_refused");
    await page.goto(`${stage.address}/sign-in?next=//evil.example/`);
    assert.equal(await page.locator("#act").getAttribute("data-next"), "/me");
    return page;
  },

  async "from application to payoff"() {
    await scene("know", "gil");
    const page = await enter("/me/apply?product=personal&amount=3000.00&term=6", "gil");
    await connectIfAsked(page);
    await press(page, "Consent by signature");
    await page.getByText("Your consent to be scored: there").waitFor();
    await tellAbout(page);
    await page.getByLabel("proof of income").setInputFiles({ name: "pay.pdf", mimeType: "application/pdf", buffer: Buffer.from("pay") });
    await page.locator("#apply [name=amount]").fill("much");
    await press(page, "Apply");
    await page.locator("#apply [name=amount][aria-invalid=true]").waitFor();
    await page.locator("#apply [name=amount]").fill("3000.00");
    await press(page, "Apply");
    await page.waitForURL("**/me/applications/application_*");
    await page.getByText("Your application meets our rules").waitFor();
    await look(page, "application");
    await page.getByRole("link", { name: "Read and sign the offer" }).click();
    await press(page, "Sign these terms");
    await says(page, "Signed.");
    await press(page, "Record the loan and pay it out");
    await page.getByRole("heading", { name: /^Loan 0x/ }).waitFor();
    await press(page, /^Pay everything off/);
    await says(page, /^Paid: /);
    await page.getByText("Closed").first().waitFor();
    await says(page, /^Paid: /); // still there to be read when the page has caught up
    assert.equal(await page.getByRole("button", { name: /^Pay/ }).count(), 0);
    await page.goto(`${stage.address}/me/applications`);
    await page.getByText("Paid out").waitFor();
    page.quiet = true; // the answer 422 stands on the console, as it should
    return page;
  },
};

// A wallet that was connected before announces itself again, a moment after the page is there.
async function connectIfAsked(page) {
  await page.locator("#wallet").getByRole("button").first().waitFor();
  await page.waitForTimeout(400);
  if (await page.locator("#wallet").getByRole("button", { name: "Connect wallet" }).count()) await connect(page);
}
