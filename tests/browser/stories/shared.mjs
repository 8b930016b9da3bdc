// What may happen on every page: chains that change, transactions that fail, a service that is behind or gone.
import assert from "node:assert/strict";
import { connect, enter, look, node, open, press, says, scene, stage } from "../harness.mjs";

export const stories = {
  async "signing in on a wrong chain: told so, then switched"() {
    const page = await open("/me", { account: stage.parties.dora, chain: 5 });
    page.scene.switches = false;
    await page.locator("#act").getByRole("button", { name: "Connect wallet" }).click();
    await press(page, "Sign in with this wallet");
    await says(page, `Switch it to chain ${stage.chain}`);
    page.scene.switches = true;
    await press(page, "Sign in with this wallet");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    return page;
  },

  async "a chain that changes in the middle sends nothing"() {
    const page = await open(`/loans/${stage.loans.punctual}`, { account: stage.parties.ada });
    await connect(page);
    await page.getByLabel("Another amount").fill("1.25");
    page.scene.switches = false;
    page.scene.before.eth_call = () => (page.scene.chain = 5); // it was the right one when the page was drawn
    const before = await node("eth_blockNumber");
    await press(page, "Pay this amount");
    await says(page, `Switch it to chain ${stage.chain}`);
    assert.equal(await node("eth_blockNumber"), before);
    return page;
  },

  async "what the chain refuses after all is a sentence"() {
    const wallet = { account: stage.parties.poor }; // who has a dollar, and spends it twice
    const path = `/loans/${stage.loans.punctual}`;
    const [page, other] = [await open(path, wallet), await open(path, wallet)];
    for (const tab of [page, other]) {
      await connect(tab);
      await tab.getByLabel("Another amount").fill("0.75");
    }
    await node("evm_setAutomine", false);
    try {
      other.scene.gas = "0xf4240";
      other.scene.before.eth_sendTransaction = async () => {
        await press(page, "Pay this amount"); // meanwhile, so that what was prepared does not hold any more
        await says(page, /^Sent/);
      };
      await press(other, "Pay this amount");
      await says(other, /^Sent/);
    } finally {
      await node("evm_setAutomine", true);
      await node("evm_mine");
    }
    await says(page, "Paid: 0.75 TUSD");
    await says(other, "The chain refused the transaction");
    await other.context().close();
    return page;
  },

  async "while the index is behind, what was sent is not called paid"() {
    const loan = await scene("lend", "ada", "ben");
    const page = await open(`/loans/${loan}`, { account: stage.parties.ada });
    await connect(page);
    await page.getByLabel("Another amount").fill("3.50");
    page.scene.before.eth_sendTransaction = () => scene("silence", true);
    const shown = await page.locator("#as-of").getAttribute("data-block");
    await press(page, "Pay this amount");
    await says(page, /^Sent/);
    await node("evm_mine");
    await page.waitForTimeout(2500); // the page asks every second and a half
    await says(page, /^Sent/);
    assert.equal(await page.locator("#as-of").getAttribute("data-block"), shown);
    await scene("silence", false);
    await page.locator("#act [role=status]", { hasText: "Paid: 3.50 TUSD" }).waitFor({ timeout: 60_000 });
    page.quiet = true; // what is asked meanwhile may be answered 503
    return page;
  },

  async "offline a banner says so, what is typed stays, and it goes by itself"() {
    const page = await enter("/me/matters?kind=feedback", "dora");
    await page.getByLabel("In your own words").fill("Typed before the tunnel.");
    await page.context().setOffline(true);
    await page.getByText("No connection to the service").waitFor();
    await look(page, "offline");
    assert.equal(await page.getByLabel("In your own words").inputValue(), "Typed before the tunnel.");
    await page.context().setOffline(false);
    await page.getByText("No connection to the service").waitFor({ state: "hidden" });
    await press(page, "Send");
    await page.getByText("Typed before the tunnel.").waitFor();
    page.quiet = true; // failed requests stand on the console
    return page;
  },
};
