// Forms of the pages: what is typed goes to the API as JSON, and its answer decides where to go on.
// The markup says everything; docs/web.md lists the attributes.
import { ask, Told } from "./asking.js";
import { bodyOf } from "./form-body.js";
import { panelOf } from "./panel.js";
import { make, say } from "./words.js";
import { confirmed, signedAs, signIn } from "./session/session.js";
import "./copy.js";

const main = document.getElementById("main");
const chain = () => Number(main.dataset.chain);

// The field that a problem names: `#/budget/months/0/income`.
function show(form, errors) {
  for (const old of form.querySelectorAll(".fault")) old.remove();
  for (const element of form.elements) element.removeAttribute("aria-invalid");
  const named = errors.map(({ pointer, detail }) => [form.elements[(pointer ?? "").replace(/^#?\//, "").replaceAll("/", ".")], detail]);
  for (const [found, detail] of named) {
    if (!found?.setAttribute) continue;
    const fault = make("span", "fault", detail);
    fault.id = `${found.id}-fault`;
    found.setAttribute("aria-invalid", "true");
    found.setAttribute("aria-describedby", fault.id);
    found.after(fault);
  }
  named.find(([found]) => found?.focus)?.[0].focus();
}

async function submitted(form) {
  const [method, path] = (form.dataset.upload ?? form.dataset.send).split(" ");
  if (form.dataset.upload) return ask(path, form.querySelector("input[type=file]").files[0], method);
  const body = await bodyOf(form);
  const headers = form.dataset.match ? { "If-Match": form.dataset.match } : {};
  const { act, sign } = form.dataset;
  if (sign) Object.assign(body, await signedAs(sign, chain()));
  if (act) {
    const signature = await confirmed(act, JSON.parse(form.dataset.about ?? "{}"), chain());
    Object.assign(body, form.dataset.within ? { [form.dataset.within]: signature } : signature);
  }
  const empty = method === "DELETE" || (!Object.keys(body).length && form.dataset.body === undefined);
  return ask(path, empty ? undefined : body, method, headers);
}

// Where the answer leads: a path with members of the answer in it, `download` for a file, else the page anew.
function follow(form, answer) {
  const { then = "reload" } = form.dataset;
  if (then === "download") return save(answer, form.dataset.file);
  if (then === "show") return void (form.querySelector("output").textContent = answer[form.dataset.member]);
  if (then === "marks") return form.dispatchEvent(new CustomEvent("tallystick:answer", { detail: answer }));
  if (then === "reload") return location.reload();
  location.assign(then.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(answer?.[name] ?? "")));
}

function save(answer, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(answer, null, 2)], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const panels = new WeakMap();

// A session that has ended is opened anew on the spot: what was typed stays.
function offerSignIn(form, { act, tell }) {
  const status = form.querySelector("[role=status]");
  const again = make("button", "", say("sign_in_again"));
  again.type = "button";
  again.addEventListener("click", () =>
    act(async () => {
      await signIn(chain());
      again.remove();
      tell("done", "signed_in_again");
    }),
  );
  status.after(again);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.send && !form.dataset.upload) return;
  event.preventDefault();
  if (form.dataset.sure && !confirm(form.dataset.sure)) return;
  if (!panels.has(form)) panels.set(form, panelOf(form));
  const panel = panels.get(form);
  panel.act(async () => {
    panel.tell("working", form.dataset.act || form.dataset.sign ? "sign_step" : "working");
    try {
      follow(form, await submitted(form));
      show(form, []);
      panel.tell("done", form.dataset.done ?? "saved");
    } catch (error) {
      if (error instanceof Told) setTimeout(() => show(form, error.errors)); // once the fields can take the focus again
      if (error.key === "unauthorized") offerSignIn(form, panel);
      throw error;
    }
  });
});
