// The book's events in a receipt.
import { AMENDMENT, SIZE, TUPLES } from "./agreement.js";
import { addressOf, bigOf, hexOf, keccakText, refuse } from "./bytes.js";
import { STATUSES } from "./ledger.js";
import { decode } from "./rlp.js";

export const SOURCES = ["paid", "collected", "guarantor", "collateral", "settlement"];

const READERS = {
  address: (word) => addressOf(word.subarray(12)),
  uint: (word) => String(bigOf(word)),
  bytes32: hexOf,
  bytes4: (word) => hexOf(word.subarray(0, 4)),
  bool: (word) => word[31] === 1,
  source: (word) => SOURCES[Number(bigOf(word))] ?? refuse("there is no such source"),
  status: (word) => STATUSES[Number(bigOf(word))] ?? (bigOf(word) ? refuse("there is no such status") : "none"),
};
const SOLIDITY = { uint: "uint256", source: "uint8" };

const AMENDED = [
  ["bytes32", "amendment_terms_before"],
  ["status", "amendment_status_before"],
  ["uint", "amendment_waived_penalty"],
  ["uint", "amendment_waived_interest"],
  ["uint", "amendment_waived_principal"],
  ["bool", "amendment_capitalise"],
  ["uint", "amendment_watch_rows"],
  ["uint", "amendment_reason"],
  ["bytes32", "amendment_plan_hash"],
  ["uint", "waived_penalty"],
  ["uint", "waived_interest"],
  ["uint", "waived_principal"],
  ["uint", "balance"],
  ["uint", "deferred"],
];

// Of each plain event: its members that are topics, then those in the data.
const PLAIN = {
  Paid: ["address payer,source source", "uint penalty,uint interest,uint fee,uint principal,uint outstanding"],
  PaidThrough: ["bytes32 channel,bytes32 reference", "uint amount"],
  Closed: ["", ""],
  Credited: ["address token,address account", "uint amount"],
  CollectFailed: ["", "bytes4 reason"],
  AutopaySet: ["", "bool on"],
  Restored: ["", ""],
  Defaulted: ["", "uint days_past_due"],
  Cured: ["", ""],
  Accelerated: ["", "uint principal,uint interest"],
  WrittenOff: ["", "uint outstanding"],
  RecourseRecorded: ["address guarantor", "uint recourse"],
  RecourseRepaid: ["address guarantor,address payer", "uint amount"],
  CollateralAdded: ["address from", "address token,uint amount"],
  CollateralSold: ["address buyer", "address token,uint amount,uint price"],
  CollateralReleased: ["address to", "address token,uint amount"],
  Assigned: ["address from,address to", "address token,uint price"],
};
const pairs = (text) => (text ? text.split(",").map((member) => member.split(" ")) : []);
const kind = (name, types, indexed, data, skipped = 0, constant = {}) => [
  hexOf(keccakText(`${name}(${types})`)),
  { name, indexed, data, skipped, constant },
];
const KINDS = new Map([
  ...Object.entries(PLAIN).map(([name, [topics, data]]) => {
    const [indexed, rest] = [pairs(topics), pairs(data)];
    const types = ["bytes32", ...[...indexed, ...rest].map(([type]) => SOLIDITY[type] ?? type)];
    return kind(name, types.join(), indexed, rest);
  }),
  kind("Originated", `bytes32,address,address,${TUPLES}`, pairs("address borrower,address lender"), [], SIZE),
  kind(
    "Amended",
    `bytes32,bytes32,${TUPLES},${AMENDMENT},uint256[3],uint256,uint256`,
    pairs("bytes32 terms_after"),
    AMENDED,
    SIZE,
    { waived_fee: "0" },
  ),
  kind(
    "Settled",
    "bytes32,uint256,uint256,uint256,uint8,bytes32",
    [],
    pairs("uint waived_penalty,uint waived_interest,uint waived_principal,uint reason,bytes32 plan_hash"),
    0,
    { waived_fee: "0" },
  ),
]);
// about accounts, not loans
const OTHERS = ["Claimed(address,address,address,uint256)", "NonceRevoked(address,uint256)"].map((text) =>
  hexOf(keccakText(text)),
);

// The loan's events in a receipt as the trie holds it, with their place among its logs.
export function eventsOf(encoded, book, loanId) {
  const members = decode(encoded[0] < 0x80 ? encoded.subarray(1) : encoded);
  const logs = Array.isArray(members) ? members[3] : null;
  if (!Array.isArray(logs)) refuse("a receipt cannot be read");
  return logs.flatMap((log, place) => {
    const [address, topics, data] = Array.isArray(log) && log.length === 3 ? log : refuse("a log cannot be read");
    if (!Array.isArray(topics) || hexOf(address) !== book || !topics[1] || hexOf(topics[1]) !== loanId) return [];
    const first = hexOf(topics[0]);
    if (OTHERS.includes(first)) return [];
    const found = KINDS.get(first);
    const fits =
      found && topics.length === 2 + found.indexed.length && data.length === found.skipped + 32 * found.data.length;
    if (!fits) refuse("a log is no event of a book");
    return [{ place, name: found.name, data, values: valuesOf(found, topics, data) }];
  });
}

function valuesOf({ indexed, data: members, skipped, constant }, topics, data) {
  const values = { ...constant };
  indexed.forEach(([type, name], place) => {
    values[name] = READERS[type](topics[2 + place]);
  });
  members.forEach(([type, name], place) => {
    values[name] = READERS[type](data.subarray(skipped + 32 * place, skipped + 32 * place + 32));
  });
  return values;
}
