// What people do with a wallet on a loan's and an offer's page.
import assert from "node:assert/strict";
import { connect, look, node, open, press, says, stage } from "../harness.mjs";

export const stories = {
  async "without a wallet it says what to do"() {
    const page = await open(`/loans/${stage.loans.late}`);
    await press(page, "Connect a wallet to pay");
    await page.getByRole("dialog", { name: "No wallet found" }).waitFor();
    await look(page, "no-wallet");
    await press(page, "Cancel");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    return page;
  },

  async "of two wallets one is chosen, and a hostile name stays text"() {
    const names = ["Test Wallet", "<img src=x onerror=alert(1)>"];
    const page = await open("/", { account: stage.parties.ada, names });
    await press(page, "Connect wallet");
    assert.equal(await page.getByRole("dialog", { name: "Choose a wallet" }).locator("img").count(), 0);
    await look(page, "two-wallets");
    await press(page, names[1]);
    await page.locator("#wallet a").click();
    await page.getByRole("heading", { name: "What it owes" }).waitFor();
    await page.locator("#wallet a").waitFor(); // remembered on the next page
    await look(page, "account");
    return page;
  },

  async "an older wallet works too"() {
    const page = await open("/", { account: stage.parties.ada, legacy: true });
    await page.waitForTimeout(500);
    await connect(page);
    await press(page, "Disconnect");
    await page.getByRole("button", { name: "Connect wallet" }).waitFor();
    return page;
  },

  async "what is due is paid, and a reorganisation takes it back"() {
    const page = await open(`/loans/${stage.loans.late}`, { account: stage.parties.cem });
    await connect(page);
    await page.getByRole("button", { name: /^Pay what is due/ }).waitFor();
    await look(page, "pay");
    await press(page, /^Pay what is due/);
    await says(page, /^Paid: /);
    await page.getByRole("button", { name: /^Pay what is due/ }).waitFor({ state: "detached" });
    await node("anvil_reorg", 1, []);
    await node("evm_mine");
    await says(page, /^Sent/);
    return page;
  },

  async "declining is no error"() {
    const page = await open(`/loans/${stage.loans.punctual}`, { account: stage.parties.ada });
    await connect(page);
    page.scene.declines.add("eth_sendTransaction");
    await press(page, /^Pay everything off/);
    await says(page, "You declined in the wallet");
    assert.equal(await page.locator("#act [role=status]").getAttribute("data-kind"), "calm");
    return page;
  },

  async "a wallet on another chain is switched, or told to"() {
    const page = await open(`/loans/${stage.loans.punctual}`, { account: stage.parties.ada, chain: 5 });
    await connect(page);
    page.scene.switches = false;
    await page.getByLabel("Another amount").fill("1.50");
    await press(page, "Pay this amount");
    await says(page, `Switch it to chain ${stage.chain}`);
    page.scene.switches = true;
    await page.getByLabel("Another amount").fill("1.50");
    await press(page, "Pay this amount");
    await says(page, "Paid: 1.50 TUSD");
    return page;
  },

  async "an account that changes in the middle sends nothing"() {
    const page = await open(`/loans/${stage.loans.punctual}`, { account: stage.parties.ada });
    await connect(page);
    const before = await node("eth_blockNumber");
    page.scene.before.eth_chainId = () => (page.scene.account = stage.parties.dora);
    await press(page, /^Pay everything off/);
    await says(page, "changed to another account");
    assert.equal(await node("eth_blockNumber"), before);
    return page;
  },

  async "a reload while it is pending goes on waiting"() {
    const page = await open(`/loans/${stage.loans.punctual}`, { account: stage.parties.ada });
    await connect(page);
    await page.getByLabel("Another amount").waitFor();
    await node("evm_setAutomine", false);
    await page.getByLabel("Another amount").fill("2.25");
    await press(page, "Pay this amount");
    await says(page, /^Sent/);
    await page.reload();
    await says(page, /^Sent/);
    await node("evm_setAutomine", true);
    await node("evm_mine");
    await says(page, "Paid: 2.25 TUSD");
    return page;
  },

  async "what cannot work is said in a sentence"() {
    const page = await open(`/loans/${stage.loans.punctual}`, { account: stage.parties.poor });
    await connect(page);
    await page.getByLabel("Another amount").fill("1,5");
    await press(page, "Pay this amount");
    await says(page, "does not hold enough");
    await page.getByLabel("Another amount").fill("much");
    await press(page, "Pay this amount");
    await says(page, "Write an amount such as");
    page.quiet = true; // the answers 422 stand on the console, as they should
    return page;
  },

  async "autopay: revoked, allowed exactly, switched off and on"() {
    const page = await open(`/loans/${stage.loans.punctual}`, { account: stage.parties.ada });
    await connect(page);
    await press(page, "Revoke the allowance");
    await says(page, "The book may take nothing any more");
    await press(page, /^Allow exactly what is left/);
    await says(page, "The book may now take");
    await page.getByRole("button", { name: /^Allow exactly/ }).waitFor({ state: "detached" });
    await press(page, "Switch autopay off");
    await says(page, "recorded in block");
    await press(page, "Switch autopay on");
    await page.getByRole("button", { name: "Switch autopay off" }).waitFor();
    return page;
  },

  async "an offer is signed by both, paid out and shown as a loan"() {
    const page = await open(`/offers/${stage.offer}`, { account: stage.parties.ada });
    await page.route("**/v1/offers/*", async (route) => {
      if (!page.lies) return route.continue();
      const answer = await route.fetch();
      const offer = await answer.json();
      offer.typed_data.message.principal = "999000000000";
      return route.fulfill({ response: answer, json: offer });
    });
    page.lies = true;
    await connect(page);
    await press(page, "Sign these terms");
    await says(page, "is not what this page shows");
    page.lies = false;
    await page.reload();
    await look(page, "offer");
    await press(page, "Sign these terms");
    await says(page, "Signed.");
    await page.getByText("You have signed.").waitFor();
    page.scene.account = stage.parties.ben;
    await page.scene.emit("accountsChanged", [stage.parties.ben]);
    await press(page, "Sign these terms");
    await says(page, "Signed.");
    await press(page, /^Allow the book to lend/);
    await says(page, "may now take the principal");
    await press(page, "Record the loan and pay it out");
    await page.getByRole("heading", { name: /^Loan 0x/ }).waitFor();
    return page;
  },
};
