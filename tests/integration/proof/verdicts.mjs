// Reads lines of {proof, trusted} and writes a line for each: "" when proven, else the reason.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, cases] = process.argv.slice(2);
const { Refused, verify } = await import(pathToFileURL(module));

for (const line of readFileSync(cases, "utf8").split("\n").filter(Boolean)) {
  const { proof, trusted } = JSON.parse(line);
  try {
    const { state, events } = verify(proof, trusted);
    console.log(JSON.stringify({ proven: true, balance: String(state.balance), events: events.length }));
  } catch (error) {
    console.log(JSON.stringify({ proven: false, refused: error instanceof Refused, reason: error.message }));
  }
}
