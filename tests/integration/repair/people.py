"""Borrowers in trouble, and those who help them, over HTTP."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from tests.integration.decisions.stage import Applicant, Stage
from tests.integration.identity.gate import Person

from tallystick.chain.client import BookClient
from tallystick.db import write
from tallystick.identity.authority.grants import grant
from tallystick.identity.authority.roles import Role
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.ledger import open_rows


class Someone(Applicant):
    """A signed-in person with a role, if one is named."""

    def __init__(self, stage: Stage, name: str, role: Role | None = None) -> None:
        super().__init__(stage, Person(name), consents=False)
        if role is not None:
            access = stage.app.state.access
            with access.file.open() as db, write(db) as conn:
                grant(conn, self.subject, role, access.vault.now())

    def done(self, path: str, body: Any = None, status: int = 200) -> Any:
        """The answer to a POST that succeeds."""
        answer = self.post(path, body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def seen(self, path: str) -> Any:
        """The answer to a GET that succeeds."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def agree(self, approval_id: str) -> Any:
        """Approves a request by a signature."""
        body = {"act": "approve", "signer": self.person.address, "approval_id": approval_id}
        given = self.post("/me/challenges", body).json()
        signature = "0x" + self.person.sign(given["message"]).hex()
        signed = {"message": given["message"], "signature": signature}
        return self.post(f"/approvals/{approval_id}/approve", signed)

    def learns(self) -> None:
        """Passes every lesson."""
        for name, answers in {"budget": [0, 1, 1, 1], "crisis": [1, 1, 0, 1]}.items():
            assert self.done(f"/me/lessons/{name}/answers", {"answers": answers})["passed"]

    def consents(self, purpose: str) -> None:
        """Gives consent by a signature."""
        about = {"purpose": purpose, "version": 1}
        body = {"act": "give_consent", "signer": self.person.address, **about}
        given = self.post("/me/challenges", body).json()
        signature = "0x" + self.person.sign(given["message"]).hex()
        self.done(
            "/me/consents", {"message": given["message"], "signature": signature} | about, 201
        )

    def sign(self, change_id: str) -> Any:
        """Signs what was agreed on, as a wallet would."""
        change = self.stage.http.get(f"/v1/changes/{change_id}").json()
        message = encode_typed_data(full_message=change["typed_data"])
        signature = "0x" + bytes(Account.sign_message(message, self.person.key).signature).hex()
        body = {"signer": self.person.address, "signature": signature}
        return self.done(f"/changes/{change_id}/signatures", body, 201)


def budget(income: str, expense: str = "500.00") -> dict[str, Any]:
    return {
        "repeats": True,
        "months": [{"month": "2026-01", "income": income, "expense": expense}],
    }


def late(
    stage: Stage, borrower: str, lender: str, days: int, **terms: Any
) -> tuple[Agreement, str]:
    """A loan whose first row is `days` past due, and its id."""
    agreement = stage.world.originate(borrower=borrower, lender=lender, **terms)
    first = next(open_rows(agreement, _state(stage, agreement)))
    stage.world.travel_to_day(first.due + days)
    stage.sync()
    return agreement, "0x" + stage.world.loan_id(agreement).hex()


def application(loan_id: str, income: str, **more: Any) -> dict[str, Any]:
    body = {
        "loan_id": loan_id,
        "cause": "loss_of_income",
        "text": "My shop was flooded.",
        "budget": budget(income),
        "evidence": [{"kind": "photo", "content": "SGVsbG8="}],
    }
    return body | more


def execute(stage: Stage, change_id: str, sender: str = "dora") -> None:
    """Sends what all have signed."""
    party = stage.world.parties[sender]
    path = f"/v1/changes/{change_id}/transaction"
    call = stage.http.get(path, params={"sender": party.address})
    assert call.status_code == 200, call.text
    stage.world.send(party, bytes.fromhex(call.json()["data"][2:]), to=call.json()["to"])
    stage.sync()


def pay_row(stage: Stage, agreement: Agreement, after: int = 0) -> None:
    """The borrower pays the oldest row, so many days after its due day, under its present terms."""
    row = next(one for one in open_rows(agreement, _state(stage, agreement)) if one.unpaid)
    if day_at(stage.now) < row.due + after:
        stage.world.travel_to_day(row.due + after)
    stage.world.pay(agreement, row.unpaid + 50_000_000 * (after > 0))
    stage.sync()


def present_terms(stage: Stage, loan_id: str) -> Agreement:
    """The terms in force, as the API tells them."""
    told = stage.http.get(f"/v1/loans/{loan_id}").json()["agreement"]
    return Agreement.from_json(told)


def _state(stage: Stage, agreement: Agreement) -> Any:
    client = BookClient(stage.world.url, stage.world.book)
    zero = bytes(32)
    loan_id = stage.world.loan_id(agreement) if agreement.amends == zero else agreement.amends
    return client.debt_of(loan_id)
