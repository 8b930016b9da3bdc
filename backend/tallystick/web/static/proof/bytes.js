// Byte strings, and keccak-256 from the vendored library.
import { keccak_256 } from "../vendor/noble-hashes/sha3.js";

// What a proof fails with; the page shows it as a refusal, anything else as an accident. `about` names
// the stated part that is not the proven one, where there is one.
export class Refused extends Error {
  constructor(reason, about = null) {
    super(reason);
    this.about = about;
  }
}

export function refuse(reason, about) {
  throw new Refused(reason, about);
}

const HEX = /^0x([0-9a-f]{2})*$/;

export function bytesOf(hex) {
  if (typeof hex !== "string" || !HEX.test(hex)) refuse("something that should be bytes is none");
  const bytes = new Uint8Array(hex.length / 2 - 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(2 + 2 * i, 4 + 2 * i), 16);
  return bytes;
}

export function hexOf(bytes) {
  return "0x" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function bigOf(bytes) {
  return bytes.length ? BigInt(hexOf(bytes)) : 0n;
}

// A number that a JavaScript number holds exactly.
export function numberOf(bytes) {
  const value = Number(bigOf(bytes));
  return Number.isSafeInteger(value) ? value : refuse("a number is out of range");
}

export function word(value) {
  return bytesOf("0x" + BigInt(value).toString(16).padStart(64, "0"));
}

export function joined(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function keccak(bytes) {
  return keccak_256(bytes);
}

export function keccakText(text) {
  return keccak_256(new TextEncoder().encode(text));
}

// EIP-55: capitals that make a checksum.
export function addressOf(bytes) {
  const digits = hexOf(bytes).slice(2);
  const hash = hexOf(keccakText(digits)).slice(2);
  return "0x" + Array.from(digits, (d, i) => (parseInt(hash[i], 16) > 7 ? d.toUpperCase() : d)).join("");
}
