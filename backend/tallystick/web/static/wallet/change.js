// Signing new terms or a settlement, and putting them into force, on the change's page.
import { ask } from "../asking.js";
import { panelOf } from "../panel.js";
import { amount, button, make, say } from "../words.js";
import { sign, until } from "./agreeing.js";
import { choose } from "./header.js";
import { allowance, approval, mined, remember, send } from "./sending.js";
import { wallets } from "./wallets.js";

const panel = document.getElementById("act");
const body = panel.querySelector(".body");
const { change: id, digest: shown, loan } = panel.dataset;
const path = `/v1/changes/${id}`;
const { tell, fail, act: run, isBusy } = panelOf(panel, () => draw());
const act = (step) => run(() => step(wallets.account));

// A settlement is paid by whoever sends it, so the book must be allowed to take it.
async function execute(account, { as_of: asOf, settlement, token }) {
  const units = BigInt(settlement?.amount ?? 0);
  if (units && (await allowance(token.address, account, asOf.book)) < units) {
    tell("working", "allow_first", { amount: amount(units, token) });
    await mined(await send(approval(asOf.chain_id, token.address, asOf.book, units), account));
  }
  const prepared = await ask(`${path}/transaction?sender=${account}`);
  tell("working", "sign_step");
  const hash = await send(prepared, account);
  remember(loan, { hash, kind: "change" });
  tell("working", "sent");
  await until(path, "executed", hash);
  location.assign(`/loans/${loan}`);
}

async function draw() {
  if (isBusy()) return;
  const account = wallets.account;
  if (!account) return body.replaceChildren(button(say("connect_to_sign"), choose));
  try {
    const change = await ask(path);
    if (!isBusy() && wallets.account === account) body.replaceChildren(...parts(change, account));
  } catch (error) {
    fail(error);
  }
}

function parts(change, account) {
  const is = (signer) => signer.toLowerCase() === account.toLowerCase();
  const agreement = { chainId: change.as_of.chain_id, typed: change.typed_data, told: change.digest, shown };
  const out = [];
  if (change.signatures.some(({ signer }) => is(signer))) out.push(make("p", "note", say("you_signed")));
  else if (change.missing.length) out.push(button(say("sign"), () => act((who) => sign(who, agreement, path, tell))));
  if (change.status === "signed") out.push(button(say("execute"), () => act((who) => execute(who, change))));
  else out.push(make("p", "note", say("others_sign_change")));
  return out;
}

wallets.addEventListener("change", draw);
document.addEventListener("tallystick:block", draw);
draw();
