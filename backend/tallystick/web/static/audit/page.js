// The audit of a loan: what this page and the service say of it is recomputed here, step by step. The
// loan's id comes from the address, which the reader opened; everything else has to follow from it.
import { ask, Told } from "../asking.js";
import { amendmentDigest, digest, putsIntoForce, wordsOf } from "../proof/agreement.js";
import { Refused, refuse } from "../proof/bytes.js";
import { verify } from "../proof/verify.js";
import { choose } from "../wallet/header.js";
import { wallets } from "../wallet/wallets.js";
import { amount, make, say } from "../words.js";
import { count, differences, expectedEvents, expectedLoan, paidIn, toldEvents, toldLoan } from "./comparison.js";
import { contractSays, signerOf, transactionOf } from "./signatures.js";

const LOAN = location.pathname.split("/")[2].toLowerCase();
const TRIES = 3; // while blocks come in between what belongs together
const audit = document.getElementById("audit");
const { book, decimals } = audit.dataset;
const chainId = Number(audit.dataset.chain);
const token = { decimals: Number(decimals), symbol: "" };
const FIGURES = { originated: "principal", paid_through: "amount", credited: "amount", amended: "balance", written_off: "outstanding", accelerated: "principal" };
let needed = []; // blocks whose hashes everything rests on: {number, hash}

const same = (one, other) => one?.toLowerCase() === other.toLowerCase();
const step = (name) => document.getElementById(`step-${name}`);
const request = (method, ...params) => wallets.request(method, ...params);

// The state of a step: "waiting", "working", "ok", "bad" or "open"; then its sentences.
function tell(name, state, ...sentences) {
  const element = step(name);
  element.dataset.state = state;
  element.querySelector(".word").textContent = say(`audit_${state}`);
  element.querySelector(".outcome").replaceChildren(...sentences.map((text) => (text instanceof Node ? text : make("span", "line", text))));
}

async function guarded(name, act) {
  tell(name, "working");
  try {
    await act();
  } catch (error) {
    // what cannot even be read is refused as well
    if (error instanceof Told) tell(name, "open", say("audit_unavailable"));
    else tell(name, "bad", say("audit_refused", { reason: error.message }));
  }
}

// The terms of a table, as the reader reads them.
function shownTerms(table) {
  const json = { conditions: {} };
  for (const cell of table.querySelectorAll("td[data-member]")) {
    const { member, group, as } = cell.dataset;
    const text = cell.textContent.trim();
    (group === "conditions" ? json.conditions : json)[member] = READ[as](text, member);
  }
  return json;
}

const READ = {
  units: (text, member) => scaled(text, token.decimals, member),
  rate: (text, member) => scaled(text.replace(/[^0-9.]/g, ""), 7, member),
  plain: (text) => text,
};

function scaled(text, places, member) {
  const [whole, rest = ""] = text.replaceAll(",", "").split(".");
  return /^\d+$/.test(whole + rest) && rest.length <= places ? String(BigInt(whole + rest.padEnd(places, "0"))) : refuse(`${member} is none: ${text}`);
}

function checkTerms() {
  const hashes = [...document.querySelectorAll("table.signed")].map((table) => digest(wordsOf(shownTerms(table)), chainId, book));
  const wanted = [LOAN, shown().figures.terms]; // those in force are held against the proof below
  const wrong = hashes.findIndex((found, place) => found !== wanted[place]);
  if (wrong >= 0) return tell("terms", "bad", say("audit_terms_bad", { found: hashes[wrong], wanted: wanted[wrong] }));
  tell("terms", "ok", say("audit_terms_ok", { id: LOAN }));
}

// Proof and answers that are true at one block.
async function fetched() {
  for (let left = TRIES; ; left--) {
    const proof = await ask(`/v1/loans/${LOAN}/proof`);
    const [loan, events] = await Promise.all([ask(`/v1/loans/${LOAN}`), ask(`/v1/loans/${LOAN}/events`)]);
    const blocks = [loan, events].map((answer) => answer.as_of.block_number);
    if (left <= 1 || blocks.every((number) => number === proof?.block?.number)) return { proof, loan, events };
  }
}

function checkProof(proof) {
  const apart = Array.isArray(proof?.steps) ? proof.steps.filter(({ by }) => by === "trusted") : [];
  needed = [proof?.block, ...apart.map(({ block, hash }) => ({ number: block, hash }))];
  try {
    if (proof?.loan_id !== LOAN) refuse("the proof is of another loan", "terms");
    const found = verify(proof, needed.map((block) => block?.hash));
    tell("history", "ok", say("audit_history_ok", { count: found.events.length, block: found.block.number }));
    tell("state", "ok", say("audit_state_ok", { status: found.state.status, block: found.block.number }));
    return found;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const reason = say("audit_refused", { reason: error.message });
    const open = say("audit_not_reached");
    tell("history", error.about === "state" ? "open" : "bad", error.about === "state" ? open : reason);
    tell("state", error.about === "events" ? "open" : "bad", error.about === "events" ? open : reason);
    return null;
  }
}

// What every party agreed to: the first terms, then each amendment of the proven history.
function agreements(found) {
  const first = { digest: LOAN, parties: null, amends: false, data: null };
  if (!found) {
    const terms = shownTerms(document.querySelector("table.signed"));
    const { guarantor } = terms.conditions;
    return [{ ...first, parties: parties(terms.borrower, terms.lender, guarantor), data: wordsOf(terms) }];
  }
  return found.events
    .filter(({ agreement }) => agreement)
    .map(({ name, data, agreement }) => ({
      digest: name === "Amended" ? amendmentDigest(data, chainId, book) : LOAN,
      parties: parties(agreement.borrower, agreement.lender, agreement.conditions.guarantor),
      amends: name === "Amended",
      data,
    }));
}

const parties = (borrower, lender, guarantor) =>
  [["borrower", borrower], ["lender", lender], ["guarantor", guarantor]].filter(([, account]) => BigInt(account) !== 0n);

async function checkSignatures(found) {
  const { data } = await ask(`/v1/loans/${LOAN}/signatures`);
  const results = [];
  for (const [place, wanted] of agreements(found).entries()) {
    const told = data[place];
    for (const [role, account] of wanted.parties) {
      const given = told?.parties?.find((party) => party.role === role)?.signature;
      results.push({ role, account, ...(await judged(wanted, told, account, given)) });
    }
  }
  const bad = results.some(({ good }) => !good);
  tell("signatures", bad ? "bad" : "ok", ...results.map(lineOf));
}

// Whether a party agreed: by its key, by sending the transaction itself, or as a contract says.
async function judged(wanted, told, account, signature) {
  if (!signature) {
    const sent = told?.transaction ? transactionOf(told.transaction) : null;
    const good = sent && same(sent.from, account) && same(sent.to, book) && putsIntoForce(sent.data, wanted.data, wanted.amends);
    return { good, key: good ? "audit_sent" : "audit_no_signature" };
  }
  if (same(signerOf(wanted.digest, signature), account)) return { good: true, key: "audit_signed" };
  if (!wallets.account) return { good: false, key: "audit_not_signed" };
  const says = await contractSays(request, account, wanted.digest, signature);
  return { good: says === true, key: says === null ? "audit_key_differs" : says ? "audit_contract" : "audit_contract_denies" };
}

function lineOf({ role, account, good, key }) {
  return make("span", good ? "line" : "line fault", say(key, { role: say(`role_${role}`), account }));
}

// The page's own rows and figures, read as the reader reads them.
function shown() {
  const figures = Object.fromEntries([...audit.querySelectorAll("[data-figure]")].map((one) => [one.dataset.figure, one.textContent.trim()]));
  const rows = [...document.querySelectorAll("tr[data-event]")].map((row) => ({
    type: row.dataset.event,
    block: row.querySelector(".block").textContent.trim(),
    amount: row.querySelector(".sum").textContent.trim(),
  }));
  return { figures, history: rows };
}

function expectedShown(found, expected) {
  const text = (units) => amount(units, token).trim();
  const figures = {
    principal: text(expected.principal),
    outstanding: text(expected.outstanding),
    received: text(paidIn(found.events).total),
    holder: expected.holder,
    terms: expected.terms,
  };
  const history = expectedEvents(found).map(({ type, block, details }) => {
    const units = type === "paid" ? ["penalty", "interest", "fee", "principal"].reduce((sum, part) => sum + BigInt(details[part]), 0n) : details[FIGURES[type]];
    return { type, block: String(block), amount: type === "originated" ? figures.principal : units === undefined ? "–" : text(units) };
  });
  return { figures, history };
}

function checkSame(found, { proof, loan, events }) {
  const wanted = { loan: expectedLoan(found, proof, loan.as_of.today), events: expectedEvents(found) };
  wanted.page = expectedShown(found, expectedLoan(found, proof, audit.dataset.today));
  const told = { loan: toldLoan(loan), events: toldEvents(events, wanted.events), page: shown() };
  const wrong = differences(told, wanted);
  if (!wrong.length) return tell("same", "ok", say("audit_same_ok", { count: count(wanted) }));
  const lines = wrong.slice(0, 12).map(({ what, told: one, proven }) => make("span", "line fault", say("audit_difference", { what, told: one, proven })));
  tell("same", "bad", ...lines, say("audit_reload"));
}

// The hashes that everything rests on, against a node of the reader's own.
function waitForHash() {
  tell("block", "open", say("audit_block_open"));
  const list = step("block").querySelector("ul");
  list.replaceChildren(...needed.map(({ number, hash }) => make("li", "hash", `${number}  ${hash}`)));
  step("block").querySelector(".means").hidden = false;
}

async function askNode() {
  if (!wallets.account) return choose();
  if (Number(await request("eth_chainId")) !== chainId) return tell("block", "open", say("wrong_chain", { chain: chainId }));
  const found = await Promise.all(needed.map(({ number }) => request("eth_getBlockByNumber", "0x" + number.toString(16), false)));
  compareHashes(found.map((block) => block?.hash ?? "–"));
}

function compareHashes(given) {
  const wrong = needed.findIndex(({ hash }, place) => !same(given[place], hash));
  if (wrong < 0) tell("block", "ok", say("audit_block_ok"));
  else tell("block", "bad", say("audit_block_bad", { ...needed[wrong], other: given[wrong] }));
  conclude();
}

function conclude() {
  const states = [...document.querySelectorAll("[data-state]")].map(({ dataset }) => dataset.state);
  const verdict = document.getElementById("verdict");
  const bad = states.filter((state) => state === "bad").length;
  const kind = bad ? "refused" : states.every((state) => state === "ok") ? "proven" : "open";
  verdict.dataset.kind = kind;
  verdict.textContent = say(`audit_verdict_${kind}`, { count: bad });
}

async function check() {
  const button = document.getElementById("check");
  button.disabled = true;
  try {
    await guarded("terms", checkTerms);
    let [answers, found] = [null, null];
    for (const name of ["history", "state", "same", "block"]) tell(name, "working");
    await guarded("history", async () => {
      answers = await fetched();
      found = checkProof(answers.proof);
    });
    await guarded("signatures", () => checkSignatures(found));
    if (found) {
      await guarded("same", () => checkSame(found, answers));
      waitForHash();
    } else for (const name of ["state", "same", "block"].filter((one) => step(one).dataset.state === "working")) tell(name, "open", say("audit_not_reached"));
    conclude();
  } finally {
    button.disabled = false;
  }
}

document.getElementById("check").addEventListener("click", check);
document.getElementById("ask-node").addEventListener("click", askNode);
document.getElementById("by-hand").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = event.target.elements.hash.value.trim().split(/[\s,]+/);
  compareHashes(needed.map(({ hash }, place) => given.find((one) => same(one, hash)) ?? given[place] ?? "–"));
});
