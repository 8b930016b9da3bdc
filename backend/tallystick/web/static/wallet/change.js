// Signing new terms or a settlement, and putting them into force, on the change's page.
import { ask } from "../asking.js";
import { panelOf } from "../panel.js";
import { button, make, say } from "../words.js";
import { carryOut, sign } from "./agreeing.js";
import { choose } from "./header.js";
import { wallets } from "./wallets.js";

const panel = document.getElementById("act");
const body = panel.querySelector(".body");
const { change: id, digest: shown, loan } = panel.dataset;
const path = `/v1/changes/${id}`;
const { tell, fail, act: run, isBusy } = panelOf(panel, () => draw());
const act = (step) => run(() => step(wallets.account));

// A settlement is paid by whoever sends it.
function execute(account, { as_of: asOf, settlement, token }) {
  const units = BigInt(settlement?.amount ?? 0);
  return carryOut(account, { asOf, token, units, loan, kind: "change" }, path, tell);
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
