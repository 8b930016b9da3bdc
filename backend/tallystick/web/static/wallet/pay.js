// "Pay" and "Autopay" on a loan's page, for whoever has connected a wallet.
import { ask, Told } from "../asking.js";
import { panelOf } from "../panel.js";
import { amount, button, make, say, unitsOf } from "../words.js";
import { choose } from "./header.js";
import { allowance, approval, forget, mined, remember, remembered, send, standing } from "./sending.js";
import { wallets } from "./wallets.js";

const FOLLOW_MS = 1500;
const WITHOUT_LIMIT = 2n ** 255n; // what a token need not count down
const panel = document.getElementById("act");
const { loan, book, borrower, rest } = panel.dataset;
const chainId = Number(panel.dataset.chain);
const token = { address: panel.dataset.token, symbol: panel.dataset.symbol, decimals: Number(panel.dataset.decimals) };
const body = panel.querySelector(".body");
const { tell, fail, act: run, isBusy } = panelOf(panel, () => draw());
const act = (step) => run(() => step(wallets.account));
let drawn = 0;

const same = (one, other) => one?.toLowerCase() === other.toLowerCase();

const prepare = (kind, account, units) =>
  ask(`/v1/loans/${loan}/transactions`, { kind, sender: account, ...(units && { amount: String(units) }) });

// Money leaves only what the account lets the book take: asked for first where it is too little.
async function pay(account, kind, units) {
  if ((await allowance(token.address, account, book)) < units) {
    tell("working", "allow_first", { amount: amount(units, token) });
    await mined(await send(approval(chainId, token.address, book, units), account));
  }
  const prepared = await prepare(kind, account, units);
  tell("working", "sign_payment", { amount: amount(prepared.takes ?? units, token) });
  const hash = await send(prepared, account);
  remember(loan, { hash, kind, amount: String(prepared.takes ?? units) });
  await follow();
}

async function change(account, kind) {
  const prepared = await prepare(kind, account);
  tell("working", "sign_step");
  const hash = await send(prepared, account);
  remember(loan, { hash, kind });
  await follow();
}

async function allow(account, units) {
  tell("working", "sign_step");
  await mined(await send(approval(chainId, token.address, book, units), account));
  tell("done", units ? "allowed" : "revoked", { amount: units >= WITHOUT_LIMIT ? say("any") : amount(units, token) });
}

// Until the index has it. After a reload, and after a reorganisation, it is "sent" again.
async function follow() {
  for (;;) {
    const sent = remembered(loan);
    if (!sent) return;
    const now = await standing(loan, sent.hash).catch(() => ({ state: "sent" }));
    if (now.state === "reverted") {
      forget(loan);
      throw new Told("reverted");
    }
    tellStanding(sent, now);
    if (now.state === "confirmed") return;
    await new Promise((resume) => setTimeout(resume, FOLLOW_MS));
  }
}

function tellStanding(sent, now) {
  const values = { amount: sent.amount ? amount(sent.amount, token) : "", block: now.block };
  if (now.state === "sent") return tell("working", "sent", values);
  tell("done", now.finality === "finalized" ? "final" : sent.amount ? "paid" : "recorded", values);
  if (now.finality === "finalized") forget(loan);
}

function paying(due, account) {
  const group = make("div", "steps");
  const owed = BigInt(due.due.total);
  if (owed) group.append(button(say("pay_due", { amount: amount(owed, token) }), () => act(() => pay(account, "pay", owed))));
  const form = make("form", "other");
  const label = make("label", "", say("other"));
  const input = make("input");
  Object.assign(input, { inputMode: "decimal", autocomplete: "off", id: "other-amount", required: true });
  label.htmlFor = input.id;
  const submit = make("button", owed ? "second" : "", say("pay_this"));
  form.append(label, input, submit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const units = unitsOf(input.value, token);
    if (units === null) return tell("failed", "no_amount");
    act(() => pay(account, "pay", units));
  });
  const payoff = BigInt(due.payoff);
  const all = button(say("pay_off", { amount: amount(payoff, token) }), () => act(() => pay(account, "payoff", payoff)), "second");
  group.append(form, all);
  if (BigInt(rest) > payoff) group.append(make("p", "note", say("saves", { amount: amount(BigInt(rest) - payoff, token) })));
  return group;
}

async function autopay(state, account) {
  const group = make("div", "steps autopay");
  const allowed = await allowance(token.address, account, book);
  group.append(make("h3", "", say("autopay")));
  const limit = allowed >= WITHOUT_LIMIT ? say("any") : amount(allowed, token);
  group.append(make("p", "", say(state.autopay ? "autopay_is_on" : "autopay_is_off", { amount: limit })));
  const needed = BigInt(rest);
  if (needed && allowed !== needed)
    group.append(button(say("allow_rest", { amount: amount(needed, token) }), () => act(() => allow(account, needed)), "second"));
  if (allowed) group.append(button(say("revoke"), () => act(() => allow(account, 0n)), "second"));
  const kind = state.autopay ? "autopay_off" : "autopay_on";
  group.append(button(say(state.autopay ? "switch_off" : "switch_on"), () => act(() => change(account, kind)), "second"));
  return group;
}

async function draw() {
  if (isBusy() || panel.contains(document.activeElement?.closest("input"))) return;
  const turn = ++drawn;
  const account = wallets.account;
  if (!account) return body.replaceChildren(button(say("connect_to_pay"), choose));
  try {
    const [due, state] = await Promise.all([ask(`/v1/loans/${loan}/due`), ask(`/v1/loans/${loan}`)]);
    const parts = [];
    if (due.payoff !== "0") {
      parts.push(make("p", "note", say(same(account, borrower) ? "you_owe" : "for_another")), paying(due, account));
      if (same(account, borrower) && wallets.chain === chainId) parts.push(await autopay(state, account));
    } else parts.push(make("p", "", say("nothing_owed")));
    if (turn === drawn && !isBusy()) body.replaceChildren(...parts);
  } catch (error) {
    if (turn === drawn) fail(error);
  }
}

wallets.addEventListener("change", draw);
document.addEventListener("tallystick:block", () => {
  draw();
  const sent = remembered(loan);
  if (sent && !isBusy()) standing(loan, sent.hash).then((now) => tellStanding(sent, now), () => {});
});
addEventListener("storage", ({ key }) => key === null || (key.endsWith(loan) && draw())); // another tab
draw();
if (remembered(loan)) act(follow);
