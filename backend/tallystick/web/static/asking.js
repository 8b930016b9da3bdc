import { heard } from "./connection.js";

// Asking the service. Whatever goes wrong is a `Told`: a key of the page's texts and its values.
export class Told extends Error {
  constructor(key, values = {}, errors = []) {
    super(key);
    this.key = key;
    this.values = values;
    this.errors = errors; // of single fields: {pointer, detail}
  }
}

const JSON_TYPE = "application/json";
const main = document.getElementById("main");

// The answer to a request; `body` is JSON, or a file that is sent as it is. Of a page of one's own the
// session's CSRF token goes along; another tab may have signed in anew, so a refused one is asked for.
export async function ask(path, body, method = body === undefined ? "GET" : "POST", headers = {}) {
  const answer = await send(path, body, method, headers);
  if (answer.status === 403 && main.dataset.csrf && (await problemOf(answer.clone())).code === "csrf_refused") {
    await renew();
    return read(await send(path, body, method, headers));
  }
  return read(answer);
}

// Takes the CSRF token of the session that the browser has now.
export async function renew() {
  main.dataset.csrf = (await read(await send("/v1/me", undefined, "GET", {}))).csrf_token ?? "";
}

async function send(path, body, method, headers) {
  const file = body instanceof Blob;
  const options = { method, headers: { Accept: JSON_TYPE, ...headers } };
  if (body !== undefined) {
    options.body = file ? body : JSON.stringify(body);
    options.headers["Content-Type"] = file ? body.type || "application/octet-stream" : JSON_TYPE;
  }
  if (method !== "GET" && main.dataset.csrf) options.headers["X-CSRF-Token"] = main.dataset.csrf;
  try {
    const answer = await fetch(path, options);
    heard(true);
    return answer;
  } catch {
    heard(false);
    throw new Told("offline");
  }
}

async function read(answer) {
  if (answer.status === 204) return null;
  if (answer.ok) return answer.json();
  const problem = await problemOf(answer);
  throw new Told(problem.code ?? "offline", { detail: problem.detail ?? "" }, problem.errors ?? []);
}

const problemOf = (answer) => answer.json().catch(() => ({}));
