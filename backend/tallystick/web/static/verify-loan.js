// "Verify in this browser": fetches the loan's proof, checks it, and holds what the page shows
// against what is proven. The page may be replaced while it is open, so clicks are heard above it.
document.addEventListener("click", (event) => {
  const button = event.target.closest(".proof button");
  if (button && !button.disabled) check(button.closest(".proof"), button);
});

async function check(area, button) {
  const [verdict, hash] = [area.querySelector(".verdict"), area.querySelector(".hash")];
  const tell = (kind, values = {}, of = "") => {
    verdict.dataset.kind = kind;
    verdict.textContent = area.dataset[kind].replace(/\{(\w+)\}/g, (_, name) => values[name]);
    hash.textContent = of;
  };
  button.disabled = true;
  tell("working");
  try {
    const answer = await fetch(`/v1/loans/${area.dataset.loan}/proof`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return tell("unavailable");
    const proof = await answer.json();
    const { verify } = await import("./proof/verify.js");
    // the hashes it rests on are taken from the server and shown, to be compared elsewhere
    const apart = Array.isArray(proof?.steps) ? proof.steps.filter((step) => step?.by === "trusted") : [];
    const hashes = [proof?.block?.hash, ...apart.map((step) => step.hash)];
    let found;
    try {
      found = verify(proof, hashes);
    } catch (error) {
      return tell("refused", { reason: error.message });
    }
    if (!agrees(area.dataset, proof, await figures(found, area.dataset.today))) return tell("differs");
    const payments = found.events.filter(({ name }) => name === "Paid").length;
    tell("proven", { block: found.block.number, payments }, hashes.join("\n"));
  } catch {
    tell("unavailable");
  } finally {
    button.disabled = false;
  }
}

// What the page shows, computed from what is proven.
async function figures({ original, terms, state, events }, today) {
  const { outstanding } = await import("./proof/ledger.js");
  const payments = events.filter(({ name }) => name === "Paid");
  const paid = payments
    .flatMap(({ values }) => [values.penalty, values.interest, values.fee, values.principal])
    .reduce((sum, amount) => sum + BigInt(amount), 0n);
  return {
    principal: String(original.principal),
    outstanding: String(outstanding(terms, state, Date.parse(today) / 86_400_000)),
    paid: String(paid),
    payments: String(payments.length),
    closed: state.status === "closed",
  };
}

function agrees(shown, proof, proven) {
  return (
    shown.loan === proof.loan_id &&
    shown.book === proof.book &&
    shown.chain === String(proof.chain_id) &&
    (shown.status === "closed") === proven.closed &&
    ["principal", "outstanding", "paid", "payments"].every((name) => shown[name] === proven[name])
  );
}
