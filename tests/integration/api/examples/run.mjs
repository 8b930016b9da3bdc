// Runs a Postman collection as Postman does: variables filled in, scripts executed, one request
// after the other. `wallet_url` signs, as the person in front of it would.
// Usage: node run.mjs collection.json '{"base_url": ..., "wallet_url": ...}'; prints JSON lines.
import { readFileSync } from "node:fs";

const collection = JSON.parse(readFileSync(process.argv[2], "utf8"));
const variables = new Map(collection.variable.map(({ key, value }) => [key, value]));
for (const [key, value] of Object.entries(JSON.parse(process.argv[3]))) variables.set(key, value);

const filled = (text) =>
  text.replace(/{{(\w+)}}/g, (_, name) => {
    if (!variables.has(name)) throw new Error(`nothing fills ${name}`);
    return variables.get(name);
  });

async function sign(variable, offered) {
  const asked = offered ? { typed_data: variables.get("typed_data") } : { message: variables.get("message") };
  const body = JSON.stringify({ ...asked, by: variable });
  const answer = await fetch(variables.get("wallet_url"), { method: "POST", body });
  variables.set(variable, await answer.text());
}

async function run({ name, request, event }) {
  const raw = request.body?.raw ?? "";
  const offered = request.url.raw.includes("/offers/");
  for (const variable of ["signature", "other_signature"])
    if (raw.includes(`{{${variable}}}`)) await sign(variable, offered);
  const headers = Object.fromEntries(request.header.map(({ key, value }) => [key, filled(value)]));
  const leave = new AbortController();
  const response = await fetch(filled(request.url.raw), {
    method: request.method,
    headers,
    body: raw ? filled(raw) : undefined,
    signal: leave.signal,
  });
  const endless = response.headers.get("content-type").startsWith("text/event-stream");
  const text = endless ? "" : await response.text();
  if (endless) leave.abort();
  const tests = [];
  const pm = {
    test: (title, check) => (check(), tests.push(title)),
    response: {
      json: () => JSON.parse(text),
      to: {
        have: {
          status(expected) {
            if (response.status !== expected) throw new Error(`${name}: ${response.status} ${text}`);
          },
        },
      },
    },
    collectionVariables: {
      set(key, value) {
        if (value === undefined) throw new Error(`${name}: nothing to keep as ${key}`);
        variables.set(key, value);
      },
    },
  };
  for (const { script } of event) new Function("pm", script.exec.join("\n"))(pm);
  console.log(JSON.stringify({ name, tests: tests.length }));
}

for (const chapter of collection.item) for (const item of chapter.item) await run(item);
