// The sign-in page: one button; afterwards on to the page that was asked for.
import { panelOf } from "../panel.js";
import { button, say } from "../words.js";
import { choose } from "../wallet/header.js";
import { wallets } from "../wallet/wallets.js";
import { signIn } from "./session.js";

const panel = document.getElementById("act");
const body = panel.querySelector(".body");
const { tell, act, isBusy } = panelOf(panel, () => draw());

async function enter() {
  tell("working", "sign_step");
  await signIn(Number(panel.dataset.chain));
  location.assign(panel.dataset.next);
}

function draw() {
  if (isBusy()) return;
  const step = wallets.account ? button(say("sign_in"), () => act(enter)) : button(say("connect"), choose);
  body.replaceChildren(step);
}

wallets.addEventListener("change", draw);
draw();
