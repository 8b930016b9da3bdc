// Signing an offer and recording the loan, on the offer's page.
import { ask } from "../asking.js";
import { panelOf } from "../panel.js";
import { amount, button, make, say } from "../words.js";
import { sign, until } from "./agreeing.js";
import { choose } from "./header.js";
import { allowance, approval, mined, remember, send } from "./sending.js";
import { wallets } from "./wallets.js";

const panel = document.getElementById("act");
const { offer: id, digest: shown } = panel.dataset;
const path = `/v1/offers/${id}`;
const body = panel.querySelector(".body");
const { tell, fail, act: run, isBusy } = panelOf(panel, () => draw());
const act = (step) => run(() => step(wallets.account));

// The lender's money: exactly the principal, on top of what other loans may still need.
async function fund(account, offer) {
  const [{ agreement, token }, book] = [offer, offer.as_of.book];
  const wanted = BigInt(agreement.principal);
  if ((await allowance(token.address, account, book)) >= wanted) return tell("done", "funded");
  tell("working", "allow_first", { amount: amount(wanted, token) });
  await mined(await send(approval(offer.as_of.chain_id, token.address, book, wanted), account));
  tell("done", "funded");
}

async function originate(account) {
  const prepared = await ask(`${path}/transaction?sender=${account}`);
  tell("working", "sign_step");
  const hash = await send(prepared, account);
  remember(shown, { hash, kind: "originate" });
  tell("working", "sent");
  await until(path, "originated", hash);
  location.assign(`/loans/${shown}`);
}

async function withdraw(account) {
  const prepared = await ask(`${path}/revocation?sender=${account}`);
  tell("working", "sign_step");
  await mined(await send(prepared, account));
  tell("done", "offer_withdrawn");
}

async function draw() {
  if (isBusy()) return;
  const account = wallets.account;
  if (!account) return body.replaceChildren(button(say("connect_to_sign"), choose));
  try {
    const offer = await ask(path);
    if (!isBusy() && wallets.account === account) body.replaceChildren(...parts(offer, account));
  } catch (error) {
    fail(error);
  }
}

function parts(offer, account) {
  if (offer.status === "originated") {
    const link = make("a", "", say("to_the_loan"));
    link.href = `/loans/${shown}`;
    return [link];
  }
  if (offer.status === "expired") return [make("p", "", say("offer_expired"))];
  const { borrower, lender, conditions } = offer.agreement;
  const agreement = { chainId: offer.as_of.chain_id, typed: offer.typed_data, told: offer.loan_id, shown };
  const is = (party) => party.toLowerCase() === account.toLowerCase();
  const hasSigned = offer.signatures.some(({ signer }) => is(signer));
  const out = [];
  if ([borrower, lender, conditions.guarantor].some(is))
    out.push(hasSigned ? make("p", "note", say("you_signed")) : button(say("sign"), () => act((who) => sign(who, agreement, path, tell))));
  else out.push(make("p", "note", say("no_party")));
  if (is(lender)) out.push(button(say("fund", { amount: amount(offer.agreement.principal, offer.token) }), () => act((who) => fund(who, offer)), "second"));
  if (hasSigned) out.push(button(say("withdraw_offer"), () => act(withdraw), "second"));
  if (offer.status === "signed") out.push(button(say("originate"), () => act(originate)));
  else out.push(make("p", "note", say("others_sign")));
  return out;
}

wallets.addEventListener("change", draw);
document.addEventListener("tallystick:block", draw);
draw();
