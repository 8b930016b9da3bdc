// The steps of a claim that is not paid, each prepared by the API and sent by the wallet.
import { ask, Told } from "../asking.js";
import { panelOf } from "../panel.js";
import { button, make, say } from "../words.js";
import { choose } from "./header.js";
import { forget, remember, remembered, send, standing } from "./sending.js";
import { wallets } from "./wallets.js";

const FOLLOW_MS = 1500;
const OF_ANYBODY = ["draw_guarantor", "release_collateral"];
const panel = document.getElementById("act");
const body = panel.querySelector(".body");
const { loan, holder } = panel.dataset;
const { tell, act, isBusy } = panelOf(panel, () => draw());

async function take(kind) {
  const account = wallets.account;
  const prepared = await ask(`/v1/loans/${loan}/transactions`, { kind, sender: account });
  tell("working", "sign_step");
  const hash = await send(prepared, account);
  remember(loan, { hash, kind });
  tell("working", "sent");
  for (;;) {
    const now = await standing(loan, hash).catch(() => ({ state: "sent" }));
    if (now.state === "reverted") {
      forget(loan);
      throw new Told("reverted");
    }
    if (now.state === "confirmed") return tell("done", "recorded", { block: now.block });
    await new Promise((resume) => setTimeout(resume, FOLLOW_MS));
  }
}

// Which buttons this account may press; the page is drawn anew with every block.
function draw() {
  if (isBusy()) return;
  const account = wallets.account;
  const holds = account?.toLowerCase() === holder.toLowerCase();
  const buttons = [...document.querySelectorAll("[data-step]")];
  for (const one of buttons) one.disabled = !account || !(holds || OF_ANYBODY.includes(one.dataset.step));
  if (!account) return body.replaceChildren(button(say("connect_to_act"), choose));
  const text = holds ? (buttons.length ? "you_hold" : "nothing_possible") : "not_holder";
  body.replaceChildren(make("p", "note", say(text)));
}

document.addEventListener("click", ({ target }) => {
  const chosen = target.closest("[data-step]");
  if (chosen && !chosen.disabled && !isBusy()) act(() => take(chosen.dataset.step));
});
wallets.addEventListener("change", draw);
document.addEventListener("tallystick:block", draw);
draw();
