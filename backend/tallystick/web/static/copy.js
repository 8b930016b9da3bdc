// Buttons that copy the text of the element whose id is their `data-copy`.
import { say } from "./words.js";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const before = button.textContent;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = say("copied");
  setTimeout(() => (button.textContent = before), 1500);
});
