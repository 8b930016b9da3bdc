// Signing the transfer of a claim, buying it, and taking a signature back, on the transfer's page.
import { ask } from "../asking.js";
import { panelOf } from "../panel.js";
import { amount, button, make, say } from "../words.js";
import { carryOut, sign } from "./agreeing.js";
import { choose } from "./header.js";
import { mined, send } from "./sending.js";
import { wallets } from "./wallets.js";

const panel = document.getElementById("act");
const body = panel.querySelector(".body");
const { sale: id, digest: shown, loan } = panel.dataset;
const path = `/v1/assignments/${id}`;
const { tell, fail, act: run, isBusy } = panelOf(panel, () => draw());
const act = (step) => run(() => step(wallets.account));
const same = (one, other) => one.toLowerCase() === other.toLowerCase();

// The price is taken from the buyer.
function move(account, { as_of: asOf, price, token, to }) {
  const units = same(account, to) ? BigInt(price) : 0n;
  return carryOut(account, { asOf, token, units, loan, kind: "assign" }, path, tell);
}

async function withdraw(account) {
  const prepared = await ask(`${path}/revocation?sender=${account}`);
  tell("working", "sign_step");
  await mined(await send(prepared, account));
  tell("done", "sale_withdrawn");
}

async function draw() {
  if (isBusy()) return;
  const account = wallets.account;
  if (!account) return body.replaceChildren(button(say("connect_to_sign"), choose));
  try {
    const sale = await ask(path);
    if (!isBusy() && wallets.account === account) body.replaceChildren(...parts(sale, account));
  } catch (error) {
    fail(error);
  }
}

function parts(sale, account) {
  const agreement = { chainId: sale.as_of.chain_id, typed: sale.typed_data, told: sale.digest, shown };
  const out = [];
  const [holds, buys] = [same(account, sale.holder), same(account, sale.to)];
  const signs = holds || (sale.missing.includes("borrower") && !buys);
  const signed = sale.signatures.some(({ signer }) => same(signer, account));
  if (signed) out.push(make("p", "note", say("you_signed")));
  else if (signs) out.push(button(say("sign"), () => act((who) => sign(who, agreement, path, tell))));
  const free = sale.price === "0";
  const ready = sale.missing.every((role) => role === "lender" && holds);
  if (buys && sale.status === "signed")
    out.push(button(say(free ? "take_claim" : "buy", { amount: amount(sale.price, sale.token) }), () => act((who) => move(who, sale))));
  else if (holds && free && ready) out.push(button(say("give_claim"), () => act((who) => move(who, sale)), "second"));
  else if (sale.status !== "signed") out.push(make("p", "note", say("others_sign_sale")));
  if (holds && signed) {
    if (!free) out.push(make("p", "note", say("buyer_sends")));
    out.push(button(say("withdraw_sale"), () => act(withdraw), "second"));
  }
  if (!holds && !buys && !signs && !signed) out.push(make("p", "note", say("no_party_of_sale")));
  return out;
}

wallets.addEventListener("change", draw);
document.addEventListener("tallystick:block", draw);
draw();
