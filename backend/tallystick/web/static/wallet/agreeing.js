// Signing what two sides agree on, and waiting until the index has what came of it.
import { ask, Told } from "../asking.js";
import { amount } from "../words.js";
import { allowance, approval, mined, ready, remember, send, signed } from "./sending.js";
import { digest } from "./typed-data.js";
import { wallets } from "./wallets.js";

const FOLLOW_MS = 1000;

// The wallet shows the same terms; both are only signed if they hash to what this page shows.
export async function sign(account, { chainId, typed, told, shown }, path, tell) {
  await ready(chainId, account);
  if (digest(typed) !== told || told !== shown) throw new Told("digest_differs");
  tell("working", "sign_offer");
  const signature = await signed("eth_signTypedData_v4", account, JSON.stringify(typed));
  await ask(`${path}/signatures`, { signer: account, signature });
  tell("done", "offer_signed");
}

// Until `path` has the status; raises Told("reverted") when the chain refused the transaction.
export async function until(path, status, hash) {
  for (;;) {
    if ((await ask(path)).status === status) return;
    const receipt = await wallets.request("eth_getTransactionReceipt", hash);
    if (receipt?.status === "0x0") throw new Told("reverted");
    await new Promise((resume) => setTimeout(resume, FOLLOW_MS));
  }
}

// Sends what was agreed; `units` of the token are taken from the sender, so the book must be allowed to.
export async function carryOut(account, { asOf, token, units, loan, kind }, path, tell) {
  if (units && (await allowance(token.address, account, asOf.book)) < units) {
    tell("working", "allow_first", { amount: amount(units, token) });
    await mined(await send(approval(asOf.chain_id, token.address, asOf.book, units), account));
  }
  const prepared = await ask(`${path}/transaction?sender=${account}`);
  tell("working", "sign_step");
  const hash = await send(prepared, account);
  remember(loan, { hash, kind });
  tell("working", "sent");
  await until(path, "executed", hash);
  location.assign(`/loans/${loan}`);
}
