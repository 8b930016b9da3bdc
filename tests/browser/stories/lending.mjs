// What a lender does who believes nobody.
import assert from "node:assert/strict";
import { connect, enter, look, node, open, press, says as told, stage } from "../harness.mjs";

const audit = async (page) => {
  await press(page, "Check everything in this browser");
  await page.locator("#verdict:not(:empty)").waitFor();
};
const stands = (page, step) => page.locator(`#step-${step}`).getAttribute("data-state");
const says = (page, step) => page.locator(`#step-${step} .outcome`).innerText();

// What an account holds of the loans' token, base units.
const held = async (account) => {
  const { token } = await (await fetch(`${stage.address}/v1/loans/${stage.loans.punctual}`)).json();
  const data = "0x70a08231" + account.slice(2).toLowerCase().padStart(64, "0");
  return BigInt(await node("eth_call", { to: token.address, data }, "latest"));
};

// Each lie: where it is told, what is changed, and the step that has to catch it.
const LIES = {
  "a state": ["/proof", (proof) => (proof.state.balance = String(BigInt(proof.state.balance) - 1n)), "state", /stated state/],
  "an event of the proof": ["/proof", (proof) => (proof.events.find(({ name }) => name === "Paid").values.principal = "1"), "history", /stated events/],
  "a receipt of the proof": ["/proof", (proof) => (proof.witness[0] = proof.witness[0].replace(/.$/, (digit) => (digit === "0" ? "1" : "0"))), "history", /missing or was changed/],
  "an event of the API": ["/events", ({ data }) => (data.find(({ type }) => type === "paid").details.principal = "1"), "same", /events\.\d+\.details\.principal: here 1/],
  "a missing event": ["/events", ({ data }) => data.pop(), "same", /events \(number\)/],
  "a holder": ["", (loan) => (loan.holder = stage.parties.gil), "same", /loan\.holder/],
  "a term of the API": ["", (loan) => (loan.agreement.annual_rate = "1"), "same", /loan\.agreement\.annual_rate: here 1/],
  "a signature": ["/signatures", ({ data }) => (data[0].parties[0].signature = data[0].parties[1].signature), "signatures", /Borrower .* not made by the account's key/],
  "no signature": ["/signatures", ({ data }) => (data[0].parties[1].signature = null), "signatures", /Lender .* shows no signature/],
};

export const stories = {
  async "the lender's audit: everything is right, down to the node of one's own wallet"() {
    const page = await open(`/loans/${stage.loans.late}/audit`, { account: stage.parties.ben });
    await connect(page);
    await audit(page);
    for (const step of ["terms", "signatures", "history", "state", "same"]) assert.equal(await stands(page, step), "ok", `${step}: ${await says(page, step)}`);
    assert.equal(await stands(page, "block"), "open");
    await look(page, "audit-open");
    await press(page, "Ask my wallet's node");
    await page.getByText("Everything is right").waitFor();
    await look(page, "audit");
    await page.getByLabel("Or the hash").fill("0x" + "12".repeat(32));
    await press(page, "Compare");
    await page.getByText("Do not rely on this page").waitFor();
    return page;
  },

  async "the lender's audit: every lie of the service is caught and named"() {
    const page = await open(`/loans/${stage.loans.late}/audit`);
    let lie = null;
    await page.route("**/v1/loans/**", async (route) => {
      if (!lie || !new URL(route.request().url()).pathname.endsWith(stage.loans.late + lie[0])) return route.continue();
      const answer = await route.fetch();
      const json = await answer.json();
      lie[1](json);
      return route.fulfill({ response: answer, json });
    });
    for (const [name, told] of Object.entries(LIES)) {
      lie = told;
      await page.reload();
      await audit(page);
      assert.equal(await stands(page, told[2]), "bad", name);
      assert.match(await says(page, told[2]), told[3], name);
      await page.getByText("Do not rely on this page").waitFor();
    }
    await look(page, "audit-lie");
    lie = null;
    await page.reload();
    await audit(page);
    await page.getByText("What could be checked is right").waitFor();
    return page;
  },

  async "the lender's audit: a page that shows other terms, payments or figures"() {
    const page = await open(`/loans/${stage.loans.late}/audit`);
    const lies = [
      [/(data-member="annual_rate"[^>]*>)[^<]+/, "$199\u202f%", "terms", /not what was signed/],
      [/(data-member="borrower"[^>]*>)[^<]+/, `$1${stage.parties.gil}`, "terms", /not what was signed/],
      [/(data-figure="outstanding"[^>]*>)[^<]+/, "$11.00", "same", /page\.figures\.outstanding: here 1\.00/],
      [/(data-event="paid"[\s\S]*?class="sum">)[^<]+/, "$177.00", "same", /page\.history\.\d+\.amount: here 77\.00/],
    ];
    let lie = null;
    await page.route("**/audit", async (route) => {
      const answer = await route.fetch();
      const text = await answer.text();
      return route.fulfill({ response: answer, body: lie ? text.replace(lie[0], lie[1]) : text });
    });
    for (lie of lies) {
      await page.reload();
      await audit(page);
      assert.equal(await stands(page, lie[2]), "bad", String(lie[0]));
      assert.match(await says(page, lie[2]), lie[3]);
    }
    return page;
  },

  async "the lender's audit: a service on another chain than one's own node"() {
    const page = await open(`/loans/${stage.loans.closed}/audit`, { account: stage.parties.dora });
    await connect(page);
    const kept = {};
    for (const part of ["", "/events", "/proof"]) kept[part] = await (await fetch(`${stage.address}/v1/loans/${stage.loans.closed}${part}`)).json();
    await node("anvil_reorg", 1, []);
    await page.route("**/v1/loans/**", (route) => {
      const part = new URL(route.request().url()).pathname.split(stage.loans.closed)[1];
      return kept[part] ? route.fulfill({ json: kept[part] }) : route.continue();
    });
    await audit(page);
    assert.equal(await stands(page, "history"), "ok");
    await press(page, "Ask my wallet's node");
    await page.locator("#step-block[data-state=bad]").waitFor();
    assert.match(await says(page, "block"), /shows another chain/);
    await node("evm_mine");
    return page;
  },

  async "a claim is sold: signed by the holder, bought by the buyer, who receives the next payment"() {
    const page = await open(`/loans/${stage.loans.punctual}/claim`, { account: stage.parties.ben });
    await connect(page);
    await page.getByLabel("Account of the buyer").fill(stage.parties.gil);
    await page.getByLabel("Price").fill("7,000");
    await press(page, "Prepare the transfer");
    await page.getByRole("heading", { name: "Transfer of a claim" }).waitFor();
    await press(page, "Sign these terms");
    await told(page, "Signed.");
    await page.getByText("Give this page's address to the buyer").waitFor();
    await look(page, "sale-signed");
    page.scene.account = stage.parties.gil;
    await page.scene.emit("accountsChanged", [stage.parties.gil]);
    await press(page, /^Buy the claim for 7,000\.00/);
    await page.getByRole("heading", { name: /^Loan 0x/ }).waitFor();
    await page.getByText(/now belongs to/).waitFor();
    await told(page, "recorded in block");
    const before = await held(stage.parties.gil);
    page.scene.account = stage.parties.ada;
    await page.scene.emit("accountsChanged", [stage.parties.ada]);
    await page.getByText("You owe this loan.").waitFor();
    await page.getByLabel("Another amount").fill("30");
    await press(page, "Pay this amount");
    await told(page, "Paid: 30.00");
    assert.equal((await held(stage.parties.gil)) - before, 30_000_000n);
    return page;
  },

  async "a signature for a sale is taken back, and nobody can use it"() {
    const page = await open(`/loans/${stage.loans.late}/claim`, { account: stage.parties.ben });
    await connect(page);
    await page.getByLabel("Account of the buyer").fill(stage.parties.gil);
    await page.getByLabel("Price").fill("1");
    await press(page, "Prepare the transfer");
    await press(page, "Sign these terms");
    await told(page, "Signed.");
    await press(page, "Take my signature back");
    await told(page, "worthless now");
    page.scene.account = stage.parties.gil;
    await page.scene.emit("accountsChanged", [stage.parties.gil]);
    await press(page, /^Buy the claim for/);
    await told(page, "used or taken back");
    page.quiet = true; // the answer 409 stands on the console, as it should
    return page;
  },

  async "default is declared by the holder and by nobody else"() {
    const page = await open(`/loans/${stage.loans.risky}/claim`, { account: stage.parties.cem });
    await connect(page);
    await page.getByText("Only whoever holds the claim").waitFor();
    assert.equal(await page.getByRole("button", { name: "Declare default" }).isDisabled(), true);
    await look(page, "steps");
    page.scene.account = stage.parties.dora;
    await page.scene.emit("accountsChanged", [stage.parties.dora]);
    await press(page, "Declare default");
    await told(page, "recorded in block");
    await page.reload();
    await page.locator("header .status", { hasText: "In default" }).waitFor();
    return page;
  },

  async "a request for repair reaches the lender, who proposes and then refuses"() {
    const asks = await enter(`/me/repairs/new?loan=${stage.loans.risky}`, "ria");
    await asks.getByLabel("Why").selectOption("illness");
    await asks.getByLabel("In your own words").fill("I was ill.");
    await asks.getByLabel("Income").fill("1400.00");
    await asks.getByLabel("Expenses without this loan").fill("500.00");
    await asks.getByLabel("A photo or a letter").setInputFiles({ name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("ill") });
    await press(asks, "Ask for help");
    await asks.waitForURL("**/me/repairs/repair_*");
    await asks.context().close();
    const page = await enter("/me/lending/requests", "dora");
    await page.locator("tbody a").first().click();
    await page.getByRole("heading", { name: "Repair of loan" }).waitFor();
    const rows = page.locator("section:has(#plans) tbody tr");
    const before = await rows.count();
    await page.getByLabel("Kind").selectOption("restructure");
    await page.getByLabel("Number of installments").fill("18");
    await page.getByLabel("Penalty to be forgiven").fill("500");
    await press(page, "Propose");
    await rows.nth(before).waitFor();
    await look(page, "request");
    await press(page, "Refuse");
    await page.getByText("refused").first().waitFor();
    return page;
  },

  async "an offer is made, signed, listed and taken back"() {
    const page = await enter("/me/lending/offers/new", "gil");
    await page.getByLabel("Account of the borrower").fill(stage.parties.ada);
    await page.getByLabel("Principal").fill("500");
    await page.getByLabel("Rate a year").fill("8");
    await page.getByLabel("The agreement in words").fill("<img src=x onerror=alert(1)> Ada owes Gil.");
    await press(page, "Prepare the offer");
    await page.waitForURL("**/offers/offer_*");
    await press(page, "Sign these terms");
    await told(page, "Signed.");
    await page.getByRole("button", { name: "Take my signature back" }).waitFor();
    const offer = new URL(page.url()).pathname;
    await page.goto(`${stage.address}/me/lending/offers`);
    await page.getByText("Waiting for signatures").waitFor();
    await look(page, "my-offers");
    await page.goto(stage.address + offer);
    await press(page, "Take my signature back");
    await told(page, "worthless now");
    await page.goto(`${stage.address}/me/lending/offers`);
    await page.getByText("Taken back").waitFor();
    return page;
  },
};
