// A loan that cannot be paid as agreed: from asking for help to the watch.
import { enter, look, press, says, stage } from "../harness.mjs";

export const stories = {
  async "the repair story: asked, compared, countered, accepted, signed, in force, watched"() {
    const page = await enter(`/me/repairs/new?loan=${stage.loans.late}`, "cem");
    await page.getByLabel("Why").selectOption("illness");
    await page.getByLabel("In your own words").fill("<img src=x onerror=alert(1)> I was ill.");
    await page.getByLabel("Income").fill("1400.00");
    await page.getByLabel("Expenses without this loan").fill("500.00");
    await page.getByLabel("A photo or a letter").setInputFiles({ name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("ill") });
    await press(page, "Ask for help");
    await page.waitForURL("**/me/repairs/repair_*");
    await page.getByRole("heading", { name: "Plans beside each other" }).waitFor();
    const before = await page.locator("section:has(#plans) tbody tr").count();
    await page.getByLabel("Number of installments").fill("30");
    await press(page, "Propose");
    await page.locator("section:has(#plans) tbody tr").nth(before).waitFor();
    await look(page, "repair");
    const accept = page.getByRole("button", { name: /^Accept plan/ });
    if (await accept.count()) await accept.first().click();
    await page.getByText("Both sides have agreed").waitFor();
    await learn(page);
    await page.getByRole("link", { name: "Read and sign the new terms" }).click();
    await press(page, "Sign these terms");
    await says(page, "Signed.");
    await look(page, "change");
    await press(page, "Put it into force");
    await page.getByRole("heading", { name: /^Loan 0x/ }).waitFor();
    await page.goto(`${stage.address}/me/repairs`);
    await page.locator("tbody a").first().click();
    await page.getByRole("heading", { name: "The watch" }).waitFor();
    await look(page, "watch");
    return page;
  },
};

// The lessons that the plan asks for.
async function learn(page) {
  const case_ = page.url();
  while (await page.getByRole("heading", { name: "Before the lender signs" }).count()) {
    await page.locator("section:has(#lessons) a").first().click();
    await page.getByRole("link", { name: "To the quiz" }).click();
    const questions = page.locator("[data-question]");
    const answers = page.url().endsWith("budget") ? [0, 1, 1, 1] : [1, 1, 0, 1];
    for (const [index, answer] of answers.entries()) await questions.nth(index).locator("input").nth(answer).check();
    await press(page, "Hand in");
    await page.locator(".verdict", { hasText: "Passed." }).waitFor();
    await page.goto(case_);
  }
}
