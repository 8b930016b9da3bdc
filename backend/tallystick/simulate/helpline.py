"""Signing in, telling an address, and repairs, as a borrower's and a lender's app would do it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx

from tallystick.demo.people import Person
from tallystick.loans.calendar import date_of, day_at
from tallystick.loans.fold import LoanState
from tallystick.loans.members import NO_ADDRESS
from tallystick.simulate.people import UNIT, Borrower
from tallystick.simulate.wallets import Wallets

_LIVING = 500
"""What everybody spends a month, in whole tokens."""
_UNAUTHORIZED, _TOO_MANY = 401, 429


class Unhelped(Exception):
    """The service refused a step; the message is its problem's code."""


class Helpline:
    """Talks to the service at `url`; `done` counts what came of it."""

    def __init__(self, url: str, people: Mapping[str, Person], wallets: Wallets) -> None:
        self._http = httpx.Client(base_url=f"{url}/v1", timeout=60.0)
        self._people = people
        self._wallets = wallets
        self._tokens: dict[str, str] = {}
        self.done: Counter[str] = Counter()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def enrol(self, person: Person) -> None:
        """Signs in and tells an e-mail address. Raises Unhelped."""
        fields = {"email": f"{person.name.replace(' ', '.')}@borrowers.example"}
        headers = {"If-Match": '"0"'}
        self._ask(person, "PUT", "/me/records/contact", json={"fields": fields}, headers=headers)
        self.done["enrolled"] += 1

    def repair(self, borrower: Borrower, loan: LoanState, now: int) -> None:
        """Applies, and sends what both agreed on with the next block."""
        self.done["applied"] += 1
        try:
            self._repair(borrower, loan, now)
        except Unhelped as refused:
            self.done[f"refused: {refused}"] += 1

    def _repair(self, borrower: Borrower, loan: LoanState, now: int) -> None:
        person, holder = borrower.person, self._people[loan.holder]
        case = self._ask(person, "POST", "/me/repairs", json=_application(borrower, loan, now))
        own, held = (f"/me/{word}/{case['repair_id']}" for word in ("repairs", "repair-requests"))
        offer = next((one for one in case["offers"] if one["plan"]["terms"]), None)
        if offer is None:
            found = [one["code"] for one in case["findings"]] or ["nothing but catching up"]
            self.done[f"no plan: {found[0]}"] += 1
            return
        accepted = f"offers/{offer['number']}/acceptance"
        case = self._ask(person, "POST", f"{own}/{accepted}")
        if case["change_id"] is None:
            case = self._ask(holder, "POST", f"{held}/{accepted}")
        self._sign(case["change_id"], person, holder)
        self.done[f"agreed: {offer['plan']['measure']}"] += 1

    def _sign(self, change_id: str, person: Person, holder: Person) -> None:
        """Everybody signs; the borrower sends."""
        path = f"/changes/{change_id}"
        change = self._ask(None, "GET", path)
        guarantor = change["agreement"]["conditions"]["guarantor"]
        others = () if guarantor == NO_ADDRESS else (self._people[guarantor],)
        for signer in (person, holder, *others):
            body = {"signer": signer.address, "signature": signer.sign_data(change["typed_data"])}
            self._ask(None, "POST", f"{path}/signatures", json=body)
        call = self._ask(None, "GET", f"{path}/transaction", params={"sender": person.address})
        self._wallets.send(person, call["to"], bytes.fromhex(call["data"][2:]), "repair")

    def _ask(self, person: Person | None, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The answer to somebody signed in, or to anybody."""
        headers = more.pop("headers", {})
        if person is None:
            return _answer(self._request(method, path, headers=headers, **more))
        for _ in range(2):
            if person.name not in self._tokens:
                self._tokens[person.name] = self._sign_in(person)
            bearer = {"Authorization": f"Bearer {self._tokens[person.name]}"}
            response = self._request(method, path, headers=headers | bearer, **more)
            if response.status_code != _UNAUTHORIZED:
                break
            del self._tokens[person.name]  # a session ends while its owner sleeps
        return _answer(response)

    def _sign_in(self, person: Person) -> str:
        for last in (False, True):
            asked = self._request("POST", "/sign-in/challenges", json={"address": person.address})
            message = _answer(asked)["message"]
            proof = {"message": message, "signature": person.sign_text(message)}
            answer = self._request("POST", "/sessions", json=proof | {"carrier": "bearer"})
            if answer.is_success or last:
                break
            time.sleep(1.1)  # the service looks at the chain's clock once a second
        return str(_answer(answer)["token"])

    def _request(self, method: str, path: str, **more: Any) -> httpx.Response:
        while True:
            response = self._http.request(method, path, **more)
            if response.status_code != _TOO_MANY:
                return response
            time.sleep(float(response.headers.get("Retry-After", "1")))


def _answer(response: httpx.Response) -> dict[str, Any]:
    answer: dict[str, Any] = response.json()
    if response.is_error:
        raise Unhelped(str(answer.get("code", response.status_code)))
    return answer


def _application(borrower: Borrower, loan: LoanState, now: int) -> dict[str, Any]:
    """What the borrower has to live on while it lasts, and what is left of that for the loan."""
    today = day_at(now)
    left = borrower.spare * max(borrower.shock_left, 0.2) / UNIT
    month = {
        "month": f"{date_of(today):%Y-%m}",
        "income": f"{_LIVING + left:.2f}",
        "expense": f"{_LIVING}.00",
    }
    return {
        "loan_id": "0x" + loan.loan_id.hex(),
        "cause": "loss_of_income",
        "text": "I earn less than I did.",
        "budget": {"repeats": True, "months": [month]},
        "evidence": [{"kind": "letter", "content": "SGVsbG8="}],
    }
