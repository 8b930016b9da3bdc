// The book's events in a receipt, and the fold from them to the loan's state.
import { SIZE, TUPLE, agreementOf } from "./agreement.js";
import { addressOf, bigOf, hexOf, keccakText, refuse } from "./bytes.js";
import { CLOSED, open, outstanding, pay } from "./ledger.js";
import { decode } from "./rlp.js";

const KINDS = new Map(
  [
    ["Originated", `bytes32,address,address,${TUPLE}`, 4, SIZE],
    ["Paid", "bytes32,address,uint256,uint256,uint256,uint256,bool", 3, 160],
    ["Closed", "bytes32", 2, 0],
    ["Credited", "bytes32,address,address,uint256", 4, 32],
    ["CollectFailed", "bytes32,bytes4", 2, 32],
  ].map(([name, types, topics, size]) => [hexOf(keccakText(`${name}(${types})`)), { name, topics, size }]),
);
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
    const kind = KINDS.get(first);
    if (!kind || kind.topics !== topics.length || kind.size !== data.length) refuse("a log is no event of a book");
    return [{ place, name: kind.name, data, values: valuesOf(kind.name, topics, data) }];
  });
}

function valuesOf(name, topics, data) {
  const account = (place) => addressOf(topics[place].subarray(12));
  const number = (place) => String(bigOf(data.subarray(32 * place, 32 * place + 32)));
  switch (name) {
    case "Originated":
      return { borrower: account(2), lender: account(3) };
    case "Paid":
      return {
        payer: account(2),
        penalty: number(0),
        interest: number(1),
        principal: number(2),
        outstanding: number(3),
        collected: data[159] === 1,
      };
    case "Credited":
      return { token: account(2), account: account(3), amount: number(0) };
    case "CollectFailed":
      return { reason: hexOf(data.subarray(0, 4)) };
    default:
      return {};
  }
}

// The state after all events, each payment recomputed; `terms` are those of the first event.
export function fold(events) {
  if (events[0]?.name !== "Originated") refuse("the event that recorded the loan is missing");
  const terms = agreementOf(events[0].data);
  let state = open(terms);
  let closed = false;
  for (const event of events.slice(1)) {
    if (event.name === "Originated") refuse("the loan was recorded twice");
    if (event.name === "Paid") state = paid(terms, state, event);
    if (event.name === "Closed") {
      if (state.status !== CLOSED) refuse("a loan was closed that was not paid");
      closed = true;
    }
  }
  if ((state.status === CLOSED) !== closed) refuse("the event that closed the loan is missing");
  return { terms, state };
}

function paid(terms, state, { timestamp, values }) {
  const day = Math.floor(timestamp / 86_400);
  const parts = ["penalty", "interest", "principal"];
  const total = parts.reduce((sum, part) => sum + BigInt(values[part]), 0n);
  const [after, split] = pay(terms, state, day, values.collected ? null : total);
  if (parts.some((part) => String(split[part]) !== values[part])) refuse("a payment was split otherwise");
  if (String(outstanding(terms, after, day)) !== values.outstanding) refuse("the outstanding principal is another");
  return after;
}
