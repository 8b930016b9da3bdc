"""Words of the pages of those who lend. Every key of the tables is a value of the API."""

from __future__ import annotations

from tallystick.web.words import N_

EVENT = {
    "originated": N_("recorded and paid out"),
    "paid": N_("payment"),
    "paid_through": N_("came by a channel"),
    "closed": N_("loan closed"),
    "credited": N_("kept for the holder"),
    "collect_failed": N_("nothing could be pulled"),
    "autopay_set": N_("autopay switched"),
    "amended": N_("new terms"),
    "settled": N_("settled"),
    "restored": N_("standing restored"),
    "defaulted": N_("default declared"),
    "cured": N_("default cured"),
    "accelerated": N_("all called due"),
    "written_off": N_("written off"),
    "recourse_recorded": N_("guarantor paid, to be repaid"),
    "recourse_repaid": N_("guarantor repaid"),
    "collateral_added": N_("collateral handed over"),
    "collateral_sold": N_("collateral sold"),
    "collateral_released": N_("collateral given back"),
    "assigned": N_("claim transferred"),
}
SALE = {
    "awaiting_signatures": N_("Waiting for signatures"),
    "signed": N_("Signed, to be sent"),
    "executed": N_("The claim has moved"),
    "superseded": N_("Overtaken"),
    "expired": N_("Expired"),
}
STEP = {
    "penalty": N_("Penalty"),
    "draw_guarantor": N_("The guarantor pays"),
    "declare_default": N_("Default"),
    "accelerate": N_("The whole debt is called due"),
    "sell_collateral": N_("The collateral is sold"),
    "write_off": N_("The loan is written off"),
    "release_collateral": N_("The collateral goes back"),
}
STEP_ACT = {
    "draw_guarantor": N_("Pull what is due from the guarantor"),
    "declare_default": N_("Declare default"),
    "accelerate": N_("Call the whole debt due"),
    "write_off": N_("Write the loan off"),
    "release_collateral": N_("Give the collateral back"),
}
STEP_STATE = {
    "done": N_("done"),
    "possible": N_("possible now"),
    "waiting": N_("not before"),
    "after_default": N_("only after default"),
    "after_acceleration": N_("only after the debt was called due"),
}
STEP_MEANS = {
    "penalty": N_(
        "After the days of grace what is unpaid bears the agreed penalty. It needs no act."
    ),
    "draw_guarantor": N_(
        "What is due is pulled from the guarantor, who may claim it back from the borrower. "
        "Anybody may send it."
    ),
    "declare_default": N_(
        "You state on chain that the borrower is in default. It takes nothing yet, opens the next "
        "steps, and is undone once the borrower has caught up."
    ),
    "accelerate": N_(
        "Principal and interest so far fall due at once; no more interest is charged, only the "
        "penalty. It cannot be taken back."
    ),
    "sell_collateral": N_(
        "The book sells what it holds, at a falling price and only as much as the debt needs; the "
        "rest goes back to the borrower. Anybody may buy."
    ),
    "write_off": N_(
        "You state that you expect no more. The debt stays owed and payments are still accepted; "
        "it cannot be taken back."
    ),
    "release_collateral": N_("The loan is closed: what the book holds goes back to the borrower."),
}
MAKER = {
    "borrower": N_("the borrower"),
    "lender": N_("me"),
    "service": N_("the rules"),
    "staff": N_("a person here"),
}
OFFER = {
    "open": N_("to be accepted"),
    "agreed": N_("agreed"),
    "refused": N_("refused"),
    "expired": N_("expired"),
    "awaits_borrower": N_("waits for the borrower"),
    "awaits_lender": N_("waits for me"),
}
AMORTIZATION = {
    "level": N_("level installments"),
    "equal_principal": N_("equal principal"),
    "interest_only": N_("interest only, principal at the end"),
    "bullet": N_("everything at maturity"),
}
FREQUENCY = {"months": N_("months"), "weeks": N_("weeks"), "days": N_("days")}
TRANSFER = {
    "free": N_("to anyone"),
    "consent": N_("only with the borrower's consent"),
}
TABLES = {
    "amortization": AMORTIZATION,
    "frequency": FREQUENCY,
    "transfer": TRANSFER,
    "maker_to_lender": MAKER,
    "offer_to_lender": OFFER,
    "event": EVENT,
    "sale": SALE,
    "step": STEP,
    "step_act": STEP_ACT,
    "step_state": STEP_STATE,
    "step_means": STEP_MEANS,
}
