// What is typed into a form, as the JSON that the API takes: `data-as` says how a field is read.
import { Told } from "./asking.js";

const MOST_EVIDENCE_BYTES = 110_000;
const READ = {
  int: ({ value }) => (value === "" ? undefined : Number.parseInt(value, 10)),
  bool: ({ checked }) => checked,
  choice: ({ checked, value }) => (checked ? value === "true" : undefined),
  number: ({ checked, value }) => (checked ? Number.parseInt(value, 10) : undefined),
  list: ({ checked, value }) => (checked ? [value] : []),
  some: ({ checked, value }) => (checked ? [value] : undefined), // a list that is left out when it is empty
  units: ({ value, dataset }) => (value === "" ? undefined : unitsOf(value, Number(dataset.decimals))),
  noon: ({ value }) => (value === "" ? undefined : `${value}T12:00:00Z`),
  sha256: async ({ files }) => (files.length ? hex(await crypto.subtle.digest("SHA-256", await files[0].arrayBuffer())) : undefined),
  evidence: async ({ files, dataset }) => (files.length ? [{ kind: dataset.kind, content: await base64(files[0]) }] : []),
  text: ({ value, type, checked }) => (value === "" || (type === "radio" && !checked) ? undefined : value),
};

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function base64(file) {
  if (file.size > MOST_EVIDENCE_BYTES) throw new Told("file_too_large");
  return btoa([...new Uint8Array(await file.arrayBuffer())].map((byte) => String.fromCharCode(byte)).join(""));
}

function unitsOf(text, decimals) {
  const [whole, rest = ""] = text.replaceAll(",", "").trim().split(".");
  return /^\d+$/.test(whole + rest) && rest.length <= decimals ? String(BigInt(whole + rest.padEnd(decimals, "0"))) : text;
}

// The body that a form describes: `budget.months.0.income` is a place in it.
export async function bodyOf(form) {
  const body = JSON.parse(form.dataset.body ?? "{}");
  for (const element of form.elements) {
    if (!element.name) continue;
    const value = await READ[element.dataset.as ?? "text"](element);
    if (value !== undefined) put(body, element.name.split("."), value);
  }
  return body;
}

function put(body, path, value) {
  const last = path.pop();
  let place = body;
  path.forEach((name, index) => (place = place[name] ??= /^\d+$/.test(path[index + 1] ?? last) ? [] : {}));
  place[last] = Array.isArray(value) && Array.isArray(place[last]) ? [...place[last], ...value] : value;
}
