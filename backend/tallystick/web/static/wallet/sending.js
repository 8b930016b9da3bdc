// Preparing, sending and following transactions. What was sent is remembered until it is certain, so
// a page that is opened again goes on following it; only the index makes a step certain.
import { ask, Told } from "../asking.js";
import { wallets } from "./wallets.js";

const EVERY_MS = 1500;
const TO_THE_TOKEN = { approve: "0x095ea7b3", allowance: "0xdd62ed3e" };

// The wallet, on this chain and with this account, asked again before every step.
export async function ready(chainId, account) {
  if (!wallets.account) throw new Told("not_connected");
  if (Number(await wallets.request("eth_chainId")) !== chainId) await change(chainId);
  const accounts = await wallets.request("eth_accounts"); // last, so that nothing lies between it and the step
  if (!accounts.length || accounts[0].toLowerCase() !== account.toLowerCase()) throw new Told("account_changed");
}

async function change(chainId) {
  try {
    await wallets.request("wallet_switchEthereumChain", { chainId: "0x" + chainId.toString(16) });
  } catch (error) {
    throw new Told(error?.code === 4001 ? "rejected" : "wrong_chain", { chain: chainId });
  }
  if (Number(await wallets.request("eth_chainId")) !== chainId) throw new Told("wrong_chain", { chain: chainId });
}

export async function signed(method, ...params) {
  try {
    return await wallets.request(method, ...params);
  } catch (error) {
    if (error?.code === 4001 || /reject|denied/i.test(error?.message ?? "")) throw new Told("rejected");
    throw new Told("wallet_refused", { reason: String(error?.message ?? error).slice(0, 200) });
  }
}

// Hands a prepared transaction to the wallet; its hash.
export async function send(prepared, account) {
  await ready(prepared.chain_id, account);
  return signed("eth_sendTransaction", { from: account, to: prepared.to, data: prepared.data, value: prepared.value ?? "0x0" });
}

// The receipt, however long it takes; raises Told("reverted") when the chain refused it.
export async function mined(hash) {
  for (;;) {
    const receipt = await wallets.request("eth_getTransactionReceipt", hash);
    if (receipt?.status === "0x1") return receipt;
    if (receipt) throw new Told("reverted");
    await new Promise((resume) => setTimeout(resume, EVERY_MS));
  }
}

const word = (value) => BigInt(value).toString(16).padStart(64, "0");

// What `spender` may take of the account's tokens, base units.
export async function allowance(token, owner, spender) {
  const data = TO_THE_TOKEN.allowance + word(owner) + word(spender);
  return BigInt(await wallets.request("eth_call", { to: token, data }, "latest"));
}

// The transaction that lets `spender` take up to `units`.
export const approval = (chainId, token, spender, units) => ({
  chain_id: chainId,
  to: token,
  data: TO_THE_TOKEN.approve + word(spender) + word(units),
});

const place = (loan) => `tallystick.sent.${loan}`;

export const remember = (loan, sent) => localStorage.setItem(place(loan), JSON.stringify(sent));
export const forget = (loan) => localStorage.removeItem(place(loan));
export function remembered(loan) {
  try {
    return JSON.parse(localStorage.getItem(place(loan)));
  } catch {
    return null;
  }
}

// Where a transaction on a loan stands: {state: "sent" | "confirmed" | "reverted", block, finality}.
export async function standing(loan, hash) {
  const { data } = await ask(`/v1/loans/${loan}/events`);
  const event = data.find(({ chain }) => chain.transaction_hash === hash);
  if (event) return { state: "confirmed", block: event.chain.block_number, finality: event.chain.finality };
  const receipt = wallets.provider && (await wallets.request("eth_getTransactionReceipt", hash).catch(() => null));
  return { state: receipt?.status === "0x0" ? "reverted" : "sent" };
}
