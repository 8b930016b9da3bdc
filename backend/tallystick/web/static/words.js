// Texts in the page's language, written there by the server.
const texts = new Map();
for (const { content } of document.querySelectorAll("#script-words, .page-words"))
  for (const element of content.children) texts.set(element.dataset.word, element.textContent);

// What has no text of its own is a problem of the service, told in its own words.
export function say(key, values = {}) {
  return (texts.get(key) ?? texts.get("problem")).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const short = (value) => `${value.slice(0, 6)}…${value.slice(-4)}`;

// Base units as a decimal, as the server writes them: two places at least, nothing cut off.
export function amount(units, { decimals, symbol }) {
  const digits = BigInt(units).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = digits.slice(digits.length - decimals).replace(/0+$/, "").padEnd(Math.min(2, decimals), "0");
  return `${whole}${decimals ? "." + rest : ""} ${symbol}`;
}

// The inverse, of what somebody typed; null for what is no amount above zero.
export function unitsOf(text, { decimals }) {
  const found = /^(\d[\d,]*)(?:\.(\d+))?$/.exec(text.trim());
  if (!found || (found[2] ?? "").length > decimals) return null;
  const units = BigInt(found[1].replaceAll(",", "") + (found[2] ?? "").padEnd(decimals, "0"));
  return units > 0n ? units : null;
}

// An element with a class and text; what a wallet or a token calls itself is never markup.
export function make(tag, kind = "", text = "") {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.textContent = text;
  return element;
}

export function button(text, act, kind = "") {
  const element = make("button", kind, text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}
