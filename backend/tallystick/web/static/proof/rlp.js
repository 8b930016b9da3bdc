// RLP, and decoded strictly: one encoding for every value, nothing left over.
import { bytesOf, joined, refuse } from "./bytes.js";

export function decode(bytes) {
  const [value, end] = item(bytes, 0);
  if (end !== bytes.length) refuse("RLP with something left over");
  return value;
}

function item(bytes, at) {
  const first = bytes[at];
  if (first === undefined) refuse("RLP that ends too early");
  if (first < 0x80) return [bytes.subarray(at, at + 1), at + 1];
  const list = first >= 0xc0;
  const [begin, end] = span(bytes, at, list ? 0xc0 : 0x80);
  if (!list) {
    if (end - begin === 1 && bytes[begin] < 0x80) refuse("RLP that is longer than needed");
    return [bytes.subarray(begin, end), end];
  }
  const items = [];
  for (let next = begin; next < end; ) {
    const [value, after] = item(bytes.subarray(0, end), next);
    items.push(value);
    next = after;
  }
  return [items, end];
}

function span(bytes, at, base) {
  const short = bytes[at] - base;
  if (short < 56) return checked(bytes, at + 1, short);
  const size = short - 55;
  let length = 0;
  for (let i = 1; i <= size; i++) length = length * 256 + (bytes[at + i] ?? NaN);
  if (!(length >= 56) || bytes[at + 1] === 0) refuse("RLP with a length that is not well formed");
  return checked(bytes, at + 1 + size, length);
}

function checked(bytes, begin, length) {
  return begin + length <= bytes.length ? [begin, begin + length] : refuse("RLP that ends too early");
}

// Of byte strings and lists of them.
export function encode(value) {
  if (!Array.isArray(value)) return value.length === 1 && value[0] < 0x80 ? value : joined(head(value.length, 0x80), value);
  const inner = joined(...value.map(encode));
  return joined(head(inner.length, 0xc0), inner);
}

function head(length, base) {
  if (length < 56) return Uint8Array.of(base + length);
  const digits = length.toString(16);
  const bytes = bytesOf("0x" + digits.padStart(digits.length + (digits.length % 2), "0"));
  return joined(Uint8Array.of(base + 55 + bytes.length), bytes);
}
