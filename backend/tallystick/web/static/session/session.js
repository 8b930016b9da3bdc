// Signing in, and permitting by a signature what a session alone does not (ERC-4361).
import { ask, Told } from "../asking.js";
import { choose } from "../wallet/header.js";
import { ready, signed } from "../wallet/sending.js";
import { wallets } from "../wallet/wallets.js";

const hex = (text) => "0x" + [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const main = document.getElementById("main");

// The connected account; asks for a wallet and says so when there is none yet.
export function account() {
  if (wallets.account) return wallets.account;
  choose();
  throw new Told("connect_first");
}

async function by(who, chainId, message) {
  await ready(chainId, who);
  return { message, signature: await signed("personal_sign", hex(message), who) };
}

// Opens a session in the browser's cookie.
export async function signIn(chainId) {
  const who = account();
  const { message } = await ask("/v1/sign-in/challenges", { address: who });
  const session = await ask("/v1/sessions", { ...(await by(who, chainId, message)), carrier: "cookie" });
  main.dataset.csrf = session.csrf_token ?? "";
}

// What permits an act: the message of the service, signed. `about` names what it is about.
export async function confirmed(act, about, chainId) {
  const who = account();
  const { message } = await ask("/v1/me/challenges", { act, signer: who, ...about });
  return by(who, chainId, message);
}

// A text of the service signed as it stands: the account and its signature.
export async function signedAs(text, chainId) {
  const who = account();
  return { account: who, signature: (await by(who, chainId, text)).signature };
}
