// Firms whose programs use the API: keys, webhooks, the reference; and the sandbox's clock.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";
import { enter, look, open, press, scene, stage } from "../harness.mjs";

// Keeps what arrives: {headers, body}; answers 500 while `fails`.
async function receiver() {
  const got = [];
  const server = createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      got.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(server.fails ? 500 : 204).end();
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { server, got, url: `http://127.0.0.1:${server.address().port}/events` };
}

const called = async (path, key) => {
  const answer = await fetch(stage.address + path, { headers: { Authorization: `Bearer ${key}` } });
  return [answer.status, await answer.json()];
};
const answered = (page, status) => page.locator("#outcome-status", { hasText: status }).waitFor();
const secret = (page) => page.locator("output.secret:not(:empty)").innerText();

// Until the page, loaded anew, shows a text.
async function until(page, text) {
  for (let tries = 0; tries < 40; tries++) {
    if (await page.getByText(text).count()) return;
    await page.waitForTimeout(250);
    await page.reload();
  }
  assert.fail(`"${text}" never came`);
}

export const stories = {
  async "an integrator makes a key and a webhook, and verifies what arrives"() {
    const page = await enter("/me/keys", "gil");
    await page.getByRole("heading", { name: "How to become an integrator" }).waitFor();
    await scene("appoint", "gil", "integrator");
    await page.reload();
    await page.getByLabel("Name").fill("core banking");
    await press(page, "Make the key by signature");
    await page.getByText("it is told this once").waitFor();
    const key = await secret(page);
    await look(page, "key");
    assert.deepEqual(await called("/v1/webhooks", key), [200, { data: [] }]);
    assert.equal((await called("/v1/me", key))[1].code, "scope_missing");

    const { server, got, url } = await receiver();
    server.fails = true;
    await page.goto(`${stage.address}/me/webhooks`);
    await page.getByLabel("Address").fill(url);
    await press(page, "Make the webhook");
    await page.getByText("it is told this once").waitFor();
    const signer = new Webhook(await secret(page));
    await page.getByRole("link", { name: "I have kept it: go on" }).click();
    await page.getByRole("link", { name: url }).click();
    await press(page, "Send a ping");
    await until(page, "HTTP 500");
    await page.getByRole("link", { name: "ping" }).click();
    server.fails = false;
    await press(page, "Deliver it again");
    await until(page, "HTTP 204");
    await look(page, "delivery");
    const { headers, body } = got.at(-1);
    assert.equal(signer.verify(body, headers).type, "ping");
    assert.throws(() => signer.verify(body.replace("ping", "paid"), headers));
    assert.equal(await page.locator("#payload").innerText(), body);
    server.close();

    await page.goto(`${stage.address}/me/keys`);
    await press(page, "Revoke");
    await page.getByText("You have no key yet.").waitFor();
    assert.equal((await called("/v1/webhooks", key))[0], 401);
    return page;
  },

  async "the reference runs an operation as nobody and by the own session"() {
    const page = await open("/reference?q=schedule");
    await page.getByRole("link", { name: "/v1/loans/{loan_id}/schedule", exact: true }).click();
    assert.match(await page.getByLabel("loan_id").inputValue(), /^0x[0-9a-f]{64}$/);
    await press(page, "Send");
    await answered(page, "200");
    assert.equal(JSON.parse(await page.locator("#outcome-body").innerText()).data[0].n, 1);
    await page.getByLabel("loan_id").fill(stage.loans.late);
    assert.match(await page.locator("#curl").innerText(), new RegExp(`^curl '.*${stage.loans.late}/schedule'$`));
    await look(page, "reference");
    const own = await enter("/me", "gil", page.context());
    await own.goto(`${stage.address}/reference/set_notifications`);
    await own.locator("#content").fill('{"language": "zh"}');
    await press(own, "Send");
    await answered(own, "200");
    assert.equal(JSON.parse(await own.locator("#outcome-body").innerText()).language, "zh");
    await own.getByLabel("As whom").selectOption("nobody");
    await press(own, "Send");
    await answered(own, "401");
    own.quiet = true; // the answer 401 stands on the console, as it should
    assert.deepEqual(page.faults, []);
    return own;
  },

  async "another wallet is bound by two signatures, signs in, and is unbound"() {
    const page = await enter("/me/wallets", "faye");
    await page.getByText("Choose in your wallet the account").waitFor();
    const change = async (name) => {
      page.scene.account = stage.parties[name];
      await page.scene.emit("accountsChanged", [stage.parties[name]]);
    };
    await change("poor");
    await press(page, /^Sign by/);
    await page.locator("#act .body", { hasText: "has signed" }).waitFor();
    await change("faye");
    await press(page, /^Confirm by/);
    await page.getByRole("row", { name: stage.parties.poor }).waitFor();
    await look(page, "wallets");
    await page.getByRole("row", { name: stage.parties.poor }).getByRole("button").click();
    await page.getByText("The last wallet stays").waitFor();
    return page;
  },

  async "feedback is sent and followed like a complaint"() {
    const page = await enter("/me/matters?kind=feedback", "faye");
    await page.getByLabel("About").selectOption("product");
    await page.getByLabel("In your own words").fill("A dark theme for the PDF, please.");
    await press(page, "Send");
    await page.waitForURL("**/me/matters/dispute_*");
    await page.getByRole("heading", { name: /^Feedback/ }).waitFor();
    await page.getByText("Answer until").waitFor();
    return page;
  },

};

// Last of all: the clock is everybody's.
export const afterwards = {
  async "time jumps in the sandbox: due, within grace, late, in default"() {
    const loan = await scene("lend", "ada", "ben");
    const page = await open(`/sandbox?loan=${loan}`);
    const standing = async (text, penalty) => {
      await page.goto(`${stage.address}/loans/${loan}`);
      await page.locator("main").getByText(text).first().waitFor();
      assert.equal(await page.getByText(/^of it [\d.]+ penalty$/).count(), penalty);
      await page.goto(`${stage.address}/sandbox?loan=${loan}`);
    };
    await standing("Active", 0);
    await press(page, "To that day");
    await page.getByText("has come").waitFor();
    await look(page, "sandbox");
    await standing("Due today", 0);
    await Promise.all([page.waitForEvent("load"), press(page, "By 1 day")]);
    await standing("1 day late", 0);
    await Promise.all([page.waitForEvent("load"), press(page, "By 7 days")]);
    await standing("8 days late", 1);
    await scene("default", loan);
    await standing("In default", 1);
    return page;
  },
};
