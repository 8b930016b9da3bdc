// Whose key made a signature, and who sent a transaction, without asking anybody.
import { addressOf, bigOf, bytesOf, hexOf, joined, keccak, refuse } from "../proof/bytes.js";
import { decode, encode } from "../proof/rlp.js";
import { recoverPublicKey } from "../vendor/noble-secp256k1/index.js";

const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const MAGIC = "0x1626ba7e"; // ERC-1271

// The account whose key made a signature over a digest, or null; strict as the book is: 65 bytes with
// v 27 or 28, or 64 (EIP-2098), low s only.
export function signerOf(digest, signature) {
  const bytes = bytesOf(signature);
  if (bytes.length === 65) return recovered(digest, bytes[64] - 27, bytes.subarray(0, 32), bytes.subarray(32, 64));
  if (bytes.length !== 64) return null;
  const s = bytes.slice(32);
  s[0] &= 0x7f;
  return recovered(digest, bytes[32] >> 7, bytes.subarray(0, 32), s);
}

function recovered(digest, parity, r, s) {
  if ((parity !== 0 && parity !== 1) || bigOf(s) > HALF_ORDER) return null;
  try {
    const key = recoverPublicKey(joined(Uint8Array.of(parity), r, s), bytesOf(digest), { prehash: false, isCompressed: false });
    return addressOf(keccak(key.subarray(1)).subarray(12));
  } catch {
    return null; // numbers that are no signature
  }
}

// Of each kind of transaction, the places of `to` and `data` among its members.
const PLACES = { legacy: [3, 5], 1: [4, 6], 2: [5, 7], 4: [5, 7] };

// A signed transaction (EIP-2718): hash, sender, receiver and calldata.
export function transactionOf(raw) {
  const bytes = bytesOf(raw);
  const kind = bytes[0] < 0x80 ? bytes[0] : "legacy";
  const [to, data] = PLACES[kind] ?? refuse("a transaction of an unknown kind");
  const members = decode(kind === "legacy" ? bytes : bytes.subarray(1));
  const [v, r, s] = members.slice(-3).map((member, place) => (place ? padded(member) : Number(bigOf(member))));
  const unsigned = members.slice(0, -3);
  let [parity, signed] = [v, joined(Uint8Array.of(kind), encode(unsigned))];
  if (kind === "legacy") {
    const chain = v >= 35 ? Math.floor((v - 35) / 2) : null;
    parity = chain === null ? v - 27 : (v - 35) % 2;
    signed = encode(chain === null ? unsigned : [...unsigned, number(chain), number(0), number(0)]);
  }
  const from = recovered(hexOf(keccak(signed)), parity, r, s);
  return { hash: hexOf(keccak(bytes)), from, to: hexOf(members[to]), data: members[data] };
}

const padded = (bytes) => joined(new Uint8Array(32 - bytes.length), bytes);

function number(value) {
  const digits = value ? value.toString(16) : "";
  return bytesOf("0x" + digits.padStart(digits.length + (digits.length % 2), "0"));
}

// Asks a contract account by its own node whether it stands by a signature: true, false, or null for an
// account that is no contract.
export async function contractSays(request, account, digest, signature) {
  if ((await request("eth_getCode", account, "latest")) === "0x") return null;
  const bytes = signature.slice(2);
  const size = (bytes.length / 2).toString(16).padStart(64, "0");
  const body = bytes.padEnd(Math.ceil(bytes.length / 64) * 64, "0");
  const data = `${MAGIC}${digest.slice(2)}${"40".padStart(64, "0")}${size}${body}`;
  const answer = await request("eth_call", { to: account, data }, "latest").catch(() => "0x");
  return answer.slice(0, 10) === MAGIC;
}
