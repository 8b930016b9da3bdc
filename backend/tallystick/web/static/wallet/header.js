// The corner of every page where a wallet is connected.
import "../connection.js";
import { button, make, say, short } from "../words.js";
import { wallets } from "./wallets.js";

const corner = document.getElementById("wallet");
let shown; // a button that is replaced while it is pressed never hears of it

function show() {
  if (wallets.account === shown) return;
  shown = wallets.account;
  if (wallets.account) {
    const link = make("a", "hash", short(wallets.account));
    link.href = `/accounts/${wallets.account}`;
    link.title = wallets.account;
    corner.replaceChildren(link, button(say("disconnect"), () => wallets.disconnect(), "plain"));
  } else corner.replaceChildren(button(say("connect"), choose));
}

// One wallet is taken at once; of several the reader chooses; without any we say what to do.
export function choose() {
  const offered = [...wallets.offered.values()];
  if (offered.length === 1) return take(offered[0].info.uuid);
  const dialog = make("dialog", "choice");
  dialog.setAttribute("aria-labelledby", "choice-title");
  const title = make("h2", "", say(offered.length ? "choose" : "no_wallet"));
  title.id = "choice-title";
  dialog.append(title);
  if (!offered.length) dialog.append(make("p", "", say("get_wallet")));
  for (const { info } of offered) {
    const pick = button(info.name, () => {
      dialog.close();
      take(info.uuid);
    });
    dialog.append(pick);
  }
  dialog.append(button(say("cancel"), () => dialog.close(), "plain"));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function take(uuid) {
  corner.querySelector(".note")?.remove();
  try {
    await wallets.connect(uuid);
  } catch (error) {
    if (error?.code !== 4001) corner.append(make("span", "note", say("wallet_failed"))); // 4001: the user declined
  }
}

wallets.addEventListener("change", show);
show();
wallets.begin();
