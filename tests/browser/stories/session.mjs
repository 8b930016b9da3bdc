// What goes wrong around a session: it ends, another tab signs in, the service or its node goes away.
import assert from "node:assert/strict";
import { browser, enter, look, open, press, scene, stage } from "../harness.mjs";

const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)</script>`;

export const stories = {
  async "hostile strings stay text wherever people write them"() {
    const page = await enter("/me/privacy", "dora");
    await page.locator("section:has(#person) summary").click();
    await page.getByLabel("Full name").fill(HOSTILE);
    await page.getByLabel("Day of birth").fill("1990-02-28");
    await page.locator("#person-form").getByLabel("Country").fill("CN");
    await page.locator("#person-form").getByRole("button", { name: "Save" }).click();
    await page.getByText(HOSTILE).first().waitFor();
    assert.equal(await page.locator("main img").count(), 0);
    await page.goto(`${stage.address}/me/matters`);
    await page.getByLabel("In your own words").fill(HOSTILE);
    await page.getByLabel("Kind").selectOption("complaint");
    await press(page, "Send");
    await page.waitForURL("**/me/matters/dispute_*");
    assert.equal(await page.locator(".letter").first().innerText(), HOSTILE);
    await page.goto(`${stage.address}/help?q=${encodeURIComponent(HOSTILE)}`);
    assert.equal(await page.locator("main img, main script").count(), 0);
    return page;
  },

  async "a session that ends in the middle is opened anew, and what was typed stays"() {
    const page = await enter("/me/matters", "dora");
    await page.getByLabel("Kind").selectOption("complaint");
    await page.getByLabel("In your own words").fill("I was called at night.");
    await scene("travel", 2 * 3600);
    await press(page, "Send");
    await page.getByText("Your session has ended").waitFor();
    await press(page, "Sign in again");
    await page.getByText("You are signed in again").waitFor();
    await press(page, "Send");
    await page.waitForURL("**/me/matters/dispute_*");
    await page.getByText("I was called at night.").waitFor();
    await scene("travel", 2 * 3600);
    await page.goto(`${stage.address}/me/privacy`);
    assert.match(page.url(), /\/sign-in\?next=%2Fme%2Fprivacy$/);
    page.quiet = true; // the answer 401 stands on the console, as it should
    return page;
  },

  async "two tabs: the other one signs in anew, and this one goes on"() {
    const page = await enter("/me/messages", "dora");
    const other = await open("/sign-in?next=/me", { account: stage.parties.dora }, page.context());
    await other.locator("#act").getByRole("button").first().waitFor();
    await other.waitForTimeout(400);
    const connect = other.locator("#act").getByRole("button", { name: "Connect wallet" });
    if (await connect.count()) await connect.click();
    await press(other, "Sign in with this wallet");
    await other.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByLabel("At most a day").fill("7");
    const saved = page.waitForResponse((answer) => answer.url().endsWith("/v1/me/notifications") && answer.ok());
    await press(page, "Save");
    await saved;
    await other.goto(`${stage.address}/me/messages`);
    assert.equal(await other.getByLabel("At most a day").inputValue(), "7");
    page.quiet = true; // the answer 403 stands on the console: the token was the old session's
    return page;
  },

  async "the service restarts in the middle of signing in and of a form"() {
    const page = await enter("/me/matters", "dora");
    await page.getByLabel("Kind").selectOption("complaint");
    await page.getByLabel("In your own words").fill("Again.");
    await page.context().setOffline(true);
    await press(page, "Send");
    await page.getByText("The service does not answer").waitFor();
    await scene("restart");
    await page.context().setOffline(false);
    await press(page, "Send");
    await page.waitForURL("**/me/matters/dispute_*");
    const late = await open("/me", { account: stage.parties.dora }, await browser.newContext());
    await late.locator("#act").getByRole("button", { name: "Connect wallet" }).click();
    late.scene.before.personal_sign = () => scene("restart");
    await press(late, "Sign in with this wallet");
    await late.getByRole("heading", { name: "Overview" }).waitFor();
    await late.context().close();
    page.quiet = true; // the failed request stands on the console
    return page;
  },

  async "export and erasure by signature"() {
    const page = await enter("/me/privacy", "dora");
    const file = page.waitForEvent("download");
    await press(page, "Export by signature");
    assert.equal((await file).suggestedFilename(), "tallystick-export.json");
    await press(page, "Erase by signature");
    await page.waitForURL("**/erasures/erasure_*");
    await page.getByText("no byte of your data is left").waitFor();
    await look(page, "erased");
    await page.goto(`${stage.address}/me`);
    assert.match(page.url(), /\/sign-in/);
    return page;
  },

  async "with the node down everything is still readable, and says how old it is"() {
    const page = await enter("/me", "ada");
    page.setDefaultTimeout(90_000); // whoever asks a silent node waits before giving up
    await scene("silence", true);
    await page.goto(`${stage.address}/loans/${stage.loans.punctual}`);
    await page.getByRole("heading", { name: /^Loan 0x/ }).waitFor();
    await page.getByText(/As of block/).waitFor();
    await page.goto(`${stage.address}/me/calendar`);
    await page.getByRole("heading", { name: "Calendar", exact: true }).waitFor();
    await scene("silence", false);
    page.quiet = true; // what a script asks meanwhile may be answered 503
    return page;
  },
};
