// Binding a further wallet: it signs for itself, then one that is bound already confirms.
import { ask } from "../asking.js";
import { panelOf } from "../panel.js";
import { button, make, say, short } from "../words.js";
import { choose } from "../wallet/header.js";
import { wallets } from "../wallet/wallets.js";
import { confirmed } from "./session.js";

const panel = document.getElementById("act");
const body = panel.querySelector(".body");
const bound = panel.dataset.bound.toLowerCase().split(" ");
const { tell, act, isBusy } = panelOf(panel, () => draw());
let fresh = null; // the new wallet's address and its signature

const permitted = (address) => confirmed("bind_wallet", { address }, Number(panel.dataset.chain));

async function sign() {
  tell("working", "sign_step");
  const address = wallets.account;
  fresh = { address, own: await permitted(address) };
  tell("done", "bind_bound", { account: short(address) });
}

async function confirm() {
  tell("working", "sign_step");
  await ask("/v1/me/wallets", { ...fresh, confirmation: await permitted(fresh.address) });
  location.reload();
}

function draw() {
  if (isBusy()) return;
  const { account } = wallets;
  const isBound = bound.includes(account?.toLowerCase());
  if (!account) return body.replaceChildren(button(say("connect"), choose));
  if (fresh && isBound)
    return body.replaceChildren(button(say("bind_confirm", { account: short(account), fresh: short(fresh.address) }), () => act(confirm)));
  if (fresh) return body.replaceChildren(make("p", "", say("bind_bound", { account: short(fresh.address) })));
  body.replaceChildren(isBound ? make("p", "", say("bind_choose")) : button(say("bind_own", { account: short(account) }), () => act(sign)));
}

wallets.addEventListener("change", draw);
draw();
