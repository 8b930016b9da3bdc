// Runs an operation of the reference: builds the request from the form, shows the answer and the command.
import { ask } from "./asking.js";
import "./copy.js";
import { panelOf } from "./panel.js";

const MOST_CHARACTERS = 100_000;
const STREAM_MS = 3000; // how long an endless answer is listened to
const READABLE = /json|text|xml|html|csv|calendar/;
const form = document.getElementById("runner");
const field = (id) => document.getElementById(id);
const { method, path, origin, media } = form.dataset;
const panel = panelOf(form);
let kept = ""; // the address of the last file

const inputs = (where) => [...form.querySelectorAll(`[data-in="${where}"]`)].filter(({ value }) => value !== "");
const key = () => (field("as").value === "key" ? field("key").value.trim() : "");

// The request as it stands in the form. Members of the address are escaped, so none leads elsewhere.
function request() {
  const query = new URLSearchParams(inputs("query").map(({ name, value }) => [name, value]));
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(form.elements[name]?.value ?? ""));
  const headers = Object.fromEntries(inputs("header").map(({ name, value }) => [name, value]));
  const body = field("content")?.value ?? field("file")?.files[0];
  if (body !== undefined) headers["Content-Type"] = body.type || media;
  return { address: filled + (query.size ? `?${query}` : ""), headers, body };
}

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

// The same as a command. A key is named, not told: commands end up in histories.
function command({ address, headers, body }) {
  const parts = ["curl", ...(method === "GET" ? [] : ["-X", method])];
  if (field("as").value !== "nobody") parts.push("-H", '"Authorization: Bearer $TALLYSTICK_TOKEN"');
  for (const [name, value] of Object.entries(headers)) parts.push("-H", quoted(`${name}: ${value}`));
  if (typeof body === "string") parts.push("-d", quoted(body));
  else if (body) parts.push("--data-binary", quoted(`@${body.name}`));
  return [...parts, quoted(origin + address)].join(" ");
}

function draw() {
  field("key-field").hidden = field("as").value !== "key";
  field("curl").textContent = command(request());
}

async function run() {
  const { address, headers, body } = request();
  const as = field("as").value;
  if (key()) headers.Authorization = `Bearer ${key()}`;
  if (as === "session" && method !== "GET") headers["X-CSRF-Token"] = (await ask("/v1/me")).csrf_token ?? "";
  const stop = new AbortController();
  const options = { method, headers, body, credentials: as === "session" ? "same-origin" : "omit", signal: stop.signal };
  const begun = performance.now();
  const answer = await fetch(address, options);
  const stream = answer.headers.get("content-type")?.startsWith("text/event-stream");
  await show(answer, stream ? await listened(answer, stop) : await answer.blob(), performance.now() - begun);
}

async function listened(answer, stop) {
  const parts = [];
  const over = setTimeout(() => stop.abort(), STREAM_MS);
  try {
    for (const reader = answer.body.getReader(); ; ) {
      const { value, done } = await reader.read();
      if (done) break;
      parts.push(value);
    }
  } catch {
    // listened to for long enough
  }
  clearTimeout(over);
  return new Blob(parts, { type: "text/event-stream" });
}

async function show(answer, content, ms) {
  const kind = answer.headers.get("content-type") ?? "";
  const isText = READABLE.test(kind) || !content.size;
  const text = isText ? await content.text() : `${kind}, ${content.size} bytes`;
  field("outcome").hidden = false;
  field("outcome-status").textContent = `${answer.status} ${answer.statusText} · ${Math.round(ms)} ms`;
  field("outcome-headers").textContent = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  field("outcome-body").textContent = (/json/.test(kind) ? pretty(text) : text).slice(0, MOST_CHARACTERS);
  URL.revokeObjectURL(kept);
  const link = field("outcome-file");
  link.hidden = isText;
  kept = link.href = URL.createObjectURL(content);
  link.download = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "answer";
}

// Amounts are strings, so laying the text out anew loses no digit.
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

form.addEventListener("input", draw);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  draw();
  panel.act(async () => {
    panel.tell("working", "working");
    try {
      await run();
      panel.tell("done", "answered");
    } catch (error) {
      if (error instanceof TypeError) return panel.tell("failed", "offline"); // what fetch raises
      throw error;
    }
  });
});
draw();
