// Shows new blocks without a reload: when the index has moved on, the page is fetched again and its
// main part takes the place of the old one. Without scripts the page is complete, only not live.
const EVERY_MS = 4000;
const banner = document.getElementById("as-of");
const main = document.getElementById("main");

async function refresh() {
  if (document.hidden) return;
  banner.classList.remove("stale");
  const chain = await (await fetch("/v1/chain")).json();
  if (!chain.indexed || String(chain.indexed.number) === banner.dataset.block) return;
  const text = await (await fetch(location.href)).text();
  const next = new DOMParser().parseFromString(text, "text/html");
  const [newBanner, newMain] = [next.getElementById("as-of"), next.getElementById("main")];
  if (!newBanner || !newMain) return;
  const open = [...main.querySelectorAll("details")].map((element) => element.open);
  banner.dataset.block = newBanner.dataset.block;
  banner.replaceChildren(...newBanner.childNodes);
  if (!main.contains(document.activeElement) && newMain.innerHTML !== main.innerHTML) {
    main.replaceChildren(...newMain.childNodes);
    main.querySelectorAll("details").forEach((element, index) => (element.open = open[index] ?? false));
  }
}

setInterval(() => refresh().catch(() => banner.classList.add("stale")), EVERY_MS);
