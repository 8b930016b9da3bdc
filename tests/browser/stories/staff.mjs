// Those who work here: two people's word on a referral and an identity, and a human answer to an objection.
import assert from "node:assert/strict";
import { browser, enter, look, open, press, scene, stage } from "../harness.mjs";

const HOSTILE = `"><img src=x onerror=alert(1)>.png`;
const NUMBER = "11010519491231002X"; // the example of GB 11643-1999

// A page of somebody who is signed in, in a browser of its own.
async function work(name, path, role = "reviewer") {
  await scene("appoint", name, role);
  return enter(path, name, await browser.newContext({ viewport: { width: 1280, height: 900 } }));
}

async function agree(page) {
  await press(page, "Agree by signature");
  await page.getByRole("button", { name: "Agree by signature" }).waitFor({ state: "detached" });
}

// Nobody agrees to what he asked for: there is no button, and the API refuses a signature, too.
async function triesAlone(page, approvalId) {
  assert.equal(await page.getByRole("button", { name: "Agree by signature" }).count(), 0);
  await page.getByText("so somebody else answers").waitFor();
  return page.evaluate(async (id) => {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": document.getElementById("main").dataset.csrf };
    const wallet = (await (await fetch("/v1/me")).json()).wallets[0].address;
    const body = { act: "approve", signer: wallet, approval_id: id };
    const asked = await fetch("/v1/me/challenges", { method: "POST", headers, body: JSON.stringify(body) });
    const { message } = await asked.json();
    const hex = "0x" + [...new TextEncoder().encode(message)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const { result: signature } = await window.askWallet("personal_sign", [hex, wallet]);
    const answer = await fetch(`/v1/approvals/${id}/approve`, { method: "POST", headers, body: JSON.stringify({ message, signature }) });
    return (await answer.json()).code;
  }, approvalId);
}

const approvalOf = (page) => page.url().split("/").at(-1);

export const stories = {
  async "staff, four eyes: a referral is proposed by one, agreed to by another, and the applicant sees the offer"() {
    const { application, review } = await scene("refer", "faye");
    const rea = await work("rea", "/staff");
    await rea.getByRole("link", { name: "Referrals and objections" }).click();
    await rea.goto(`${stage.address}/staff/reviews/${review}`);
    await rea.getByText("does not add up").first().waitFor();
    await look(rea, "staff-review");
    for (const box of await rea.locator("#proposal input[type=checkbox]").all()) await box.check();
    await press(rea, "Propose");
    await rea.getByText("You have asked for it.").waitFor();
    await rea.getByRole("link", { name: "The request" }).click();
    assert.equal(await triesAlone(rea, approvalOf(rea)), "same_eyes");
    await look(rea, "staff-own-request");
    const ron = await work("ron", `/staff/approvals/${approvalOf(rea)}`);
    await ron.getByText("The lender's key will sign exactly the offer").waitFor();
    await look(ron, "staff-request");
    await agree(ron);
    await rea.goto(`${stage.address}/staff/reviews/${review}`);
    await rea.getByRole("heading", { name: "Two people agree" }).waitFor();
    await press(rea, "Have the offer signed");
    await rea.getByText("approved by two people").waitFor();
    const faye = await enter(`/me/applications/${application}`, "faye", await browser.newContext());
    await faye.getByText("Decided by a person").waitFor();
    await faye.getByRole("link", { name: "Read and sign the offer" }).waitFor();
    await faye.context().close();
    await ron.context().close();
    rea.quiet = true; // the answer 403 stands on the console, as it should
    return rea;
  },

  async "staff, identity: uploaded by the applicant, proposed, agreed to, in force"() {
    await scene("lists");
    const ada = await enter("/me/privacy", "faye", await browser.newContext());
    await ada.locator("section:has(#person) summary").click();
    await ada.getByLabel("Full name").fill(HOSTILE);
    await ada.getByLabel("Day of birth").fill("1949-12-31");
    await ada.locator("#person-form").getByLabel("Country").fill("CN");
    await ada.locator("#person-form").getByRole("button", { name: "Save" }).click();
    await ada.getByText(HOSTILE).first().waitFor();
    await ada.goto(`${stage.address}/me/identity`);
    await ada.locator("#open-case").getByLabel("Level").selectOption("verified");
    await press(ada, "Begin");
    const image = Buffer.from(await scene("picture"), "base64");
    for (const part of ["document_front", "selfie"]) {
      const form = ada.locator(`form[data-upload$="/files/${part}"]`);
      await form.locator("input[type=file]").setInputFiles({ name: HOSTILE, mimeType: "image/png", buffer: image });
      const sent = ada.waitForResponse((answer) => answer.url().endsWith(`/files/${part}`) && answer.ok());
      await form.getByRole("button", { name: "Upload" }).click();
      await sent;
      await ada.waitForLoadState();
    }
    await ada.getByLabel("Kind of document").selectOption("cn_id");
    await ada.getByLabel("As printed").fill(NUMBER);
    await press(ada, "Hand the case in");
    await ada.getByText("Two people look at it now").waitFor();

    const rea = await work("rea", "/staff/identity");
    await rea.locator("tbody a").first().click();
    await rea.getByText(NUMBER).waitFor();
    await rea.getByText(HOSTILE).first().waitFor();
    const shown = rea.locator(".evidence img");
    assert.equal(await shown.count(), 2);
    await shown.last().scrollIntoViewIfNeeded();
    await rea.waitForFunction(() => [...document.querySelectorAll(".evidence img")].every((one) => one.naturalWidth > 0));
    assert.equal(await rea.locator("main img").count(), 2); // none but the evidence
    await look(rea, "staff-identity");
    await rea.locator("#proposal").getByLabel("Face").selectOption("passed");
    await press(rea, "Propose to approve");
    await rea.getByText("You have asked for it.").waitFor();
    assert.equal(await rea.getByRole("button", { name: "Agree by signature" }).count(), 0);
    const ron = await work("ron", new URL(rea.url()).pathname);
    await agree(ron);
    await ada.goto(`${stage.address}/me/identity`);
    await ada.getByText("verified").first().waitFor();
    await ada.getByRole("heading", { name: "Earlier cases" }).waitFor();
    for (const page of [ada, ron]) await page.context().close();
    return rea;
  },

  async "staff, an objection: a person answers in sentences, and the applicant reads them"() {
    const { application } = await scene("decline", "dora");
    const dora = await enter(`/me/applications/${application}`, "dora", await browser.newContext());
    await dora.getByLabel("Why it is wrong").fill(HOSTILE);
    await press(dora, "Object");
    await dora.getByText("You have objected").waitFor();
    const rea = await work("rea", "/staff/objections");
    await rea.locator("tbody a").last().click();
    assert.equal(await rea.locator(".letter").first().innerText(), HOSTILE);
    await rea.getByRole("link", { name: "Decide and answer in its case" }).click();
    await rea.locator("summary", { hasText: "Let the decision stand" }).click();
    await rea.locator("#refusal").getByLabel("The answer to the objection").fill("No document names you.");
    await rea.locator("#refusal").getByRole("button", { name: "Let the decision stand" }).click();
    await rea.getByText("declined by a person").waitFor();
    await look(rea, "staff-objection");
    await dora.goto(`${stage.address}/me/applications/${application}`);
    await dora.getByText("the decision stands").waitFor();
    await dora.context().close();
    return rea;
  },

  async "staff, policies: a release is proposed by one wallet and put into force by another"() {
    const release = await scene("keep_release");
    const cem = await work("cem", `/staff/policies/${release}`, "risk_officer");
    await cem.getByText("champion.policy.offer.valid_days").waitFor();
    await look(cem, "staff-release");
    await press(cem, "Propose it by signature");
    await cem.getByText("so somebody else answers").waitFor();
    assert.equal(await cem.getByRole("button", { name: "Put it into force by signature" }).count(), 0);
    const dora = await work("dora", `/staff/policies/${release}`, "risk_officer");
    dora.scene.declines.add("personal_sign");
    await press(dora, "Put it into force by signature");
    await dora.getByText("You declined in the wallet").waitFor();
    dora.scene.declines.clear();
    await press(dora, "Put it into force by signature");
    await dora.locator("header .status", { hasText: "in force" }).waitFor();
    await dora.context().close();
    return cem;
  },
};
