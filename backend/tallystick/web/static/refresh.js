// Shows new blocks without a reload: when the index has moved on, the page is fetched again and its
// main part takes the place of the old one; parts marked `data-keep` stay as they are, also where the
// new page has none of them but they still tell something. Without scripts the page is complete, only
// not live.
import { heard } from "./connection.js";

const EVERY_MS = 4000;
const banner = document.getElementById("as-of");
const main = document.getElementById("main");
let shown = null; // the main part as last fetched

async function refresh() {
  if (document.hidden) return;
  banner.classList.remove("stale");
  const chain = await (await fetch("/v1/chain")).json();
  if (!chain.indexed || String(chain.indexed.number) === banner.dataset.block) return;
  const text = await (await fetch(location.href)).text();
  const next = new DOMParser().parseFromString(text, "text/html");
  const [newBanner, newMain] = [next.getElementById("as-of"), next.getElementById("main")];
  if (!newBanner || !newMain) return;
  banner.dataset.block = newBanner.dataset.block;
  banner.replaceChildren(...newBanner.childNodes);
  replace(newMain);
  document.dispatchEvent(new Event("tallystick:block"));
}

function replace(newMain) {
  const fetched = newMain.innerHTML;
  const focused = main.contains(document.activeElement) && !document.activeElement.closest("[data-keep]");
  if (focused || fetched === shown) return;
  shown = fetched;
  const open = [...main.querySelectorAll("details")].map((element) => element.open);
  const kept = [...main.querySelectorAll("[data-keep]")];
  const inside = document.activeElement;
  const order = [...main.children];
  for (const element of kept) {
    const place = newMain.querySelector(`#${element.id}`);
    if (place) place.replaceWith(element);
    else if (element.querySelector("[role=status]")?.textContent)
      newMain.insertBefore(element, newMain.children[order.findIndex((part) => part.contains(element))] ?? null);
  }
  main.replaceChildren(...newMain.childNodes);
  main.querySelectorAll("details").forEach((element, index) => (element.open = open[index] ?? false));
  if (kept.some((element) => element.contains(inside))) inside.focus(); // moving it took the focus away
}

function silent() {
  banner.classList.add("stale");
  heard(false);
}

setInterval(() => refresh().catch(silent), EVERY_MS);
