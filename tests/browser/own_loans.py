"""Loans that a story makes for itself, and what their lender does."""

from __future__ import annotations

from tests.browser.stage import Scene
from tests.integration.servicing import Servicing


def lend(scene: Scene, borrower: str, lender: str) -> str:
    """A loan whose lender may end its patience a week after a due date; its id."""
    made = scene.world.originate(borrower=borrower, lender=lender, default_days=7)
    loan_id = "0x" + scene.world.loan_id(made).hex()
    scene.lent[loan_id] = made
    scene.sync()
    return loan_id


def default(scene: Scene, loan_id: str) -> None:
    """The lender declares the default."""
    Servicing(scene.world).default(scene.lent[loan_id])
    scene.sync()
