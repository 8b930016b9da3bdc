// Reads lines of {id, events} and writes what the pages' verifier makes of each loan.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, lives] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${folder}/${name}.js`));
const [{ agreementOf, planOf }, { bytesOf }, { fold }, { stated }, { outstanding }] = await Promise.all(
  ["agreement", "bytes", "fold", "stored", "ledger"].map(load),
);

function eventOf({ terms, code, ...event }) {
  if (!terms) return event;
  const agreement = agreementOf(bytesOf(terms));
  if (code) agreement.plan = planOf(bytesOf(code), agreement.count);
  return { ...event, agreement };
}

for (const line of readFileSync(lives, "utf8").split("\n").filter(Boolean)) {
  const { id, day, events } = JSON.parse(line);
  try {
    const loan = fold(events.map(eventOf), id);
    const later = [day, day + 30].map((when) => String(outstanding(loan.terms, loan.state, when)));
    console.log(JSON.stringify({ state: stated(loan), outstanding: later }));
  } catch (error) {
    console.log(JSON.stringify({ refused: String(error.message) }));
  }
}
