// The part of a page where somebody acts: a status that is read aloud, and one step at a time.
// Whatever goes wrong in a step becomes a sentence; what nobody foresaw goes on to the console.
import { Told } from "./asking.js";
import { say } from "./words.js";

const ACTING = "button, input, select, textarea";

export function panelOf(element, after = () => {}) {
  const status = element.querySelector("[role=status]");
  let busy = false;

  function tell(kind, key, values) {
    status.dataset.kind = kind;
    status.textContent = key ? say(key, values) : "";
  }

  function fail(error) {
    if (!(error instanceof Told)) throw error;
    tell(error.key === "rejected" ? "calm" : "failed", error.key, error.values);
  }

  async function act(step) {
    if (busy) return;
    busy = true;
    element.setAttribute("aria-busy", "true");
    const usable = [...element.querySelectorAll(ACTING)].filter((one) => !one.disabled);
    usable.forEach((one) => (one.disabled = true));
    try {
      await step();
    } catch (error) {
      fail(error);
    } finally {
      busy = false;
      element.removeAttribute("aria-busy");
      usable.forEach((one) => (one.disabled = false));
      after();
    }
  }

  return { tell, fail, act, isBusy: () => busy };
}
