// EIP-712: the hash that a wallet signs, computed here so that nobody signs what the page does not show.
import { bytesOf, hexOf, joined, keccak, keccakText } from "../proof/bytes.js";

const word = (value) => bytesOf("0x" + BigInt.asUintN(256, BigInt(value)).toString(16).padStart(64, "0"));

function typeOf(name, types) {
  const seen = new Set();
  const visit = (one) => {
    const plain = one.replace(/\[.*/, "");
    if (!types[plain] || seen.has(plain)) return;
    seen.add(plain);
    types[plain].forEach(({ type }) => visit(type));
  };
  visit(name);
  const others = [...seen].filter((one) => one !== name).sort();
  return [name, ...others].map((one) => `${one}(${types[one].map(({ type, name: n }) => `${type} ${n}`).join(",")})`).join("");
}

function encoded(type, value, types) {
  if (types[type]) return hashOf(type, value, types);
  if (type.endsWith("]")) return keccak(joined(...value.map((one) => encoded(type.replace(/\[\d*\]$/, ""), one, types))));
  if (type === "string") return keccakText(value);
  if (type === "bytes") return keccak(bytesOf(value));
  if (type === "bool") return word(value ? 1 : 0);
  if (type.startsWith("bytes")) return bytesOf(value.padEnd(66, "0"));
  return word(value); // numbers and addresses
}

function hashOf(type, value, types) {
  const fields = types[type].map((field) => encoded(field.type, value[field.name], types));
  return keccak(joined(keccakText(typeOf(type, types)), ...fields));
}

// The digest of typed data as `eth_signTypedData_v4` takes it, 0x and 64 digits.
export function digest({ types, domain, primaryType, message }) {
  const separator = hashOf("EIP712Domain", domain, types);
  return hexOf(keccak(joined(bytesOf("0x1901"), separator, hashOf(primaryType, message, types))));
}
