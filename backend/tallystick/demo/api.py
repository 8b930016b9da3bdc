"""The service's HTTP API, as a client of the parties would use it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import httpx

from tallystick.demo.people import Person


class ServiceRefused(Exception):
    """The service answered with a problem document; the message is its detail."""


class ServiceClient:
    """Talks to `tallystick serve` at `url`."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30.0)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: dict[str, Any] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """One request with JSON or a file. Raises ServiceRefused."""
        return self._answer(
            self._http.request(method, path, json=body, content=content, headers=headers)
        )

    def set_clock(self, timestamp: int) -> None:
        """Moves the chain's clock, and the service with it; Unix seconds."""
        now = f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%dT%H:%M:%SZ}"
        self.ask("PUT", "/v1/chain/clock", body={"now": now})

    def offer(self, terms: dict[str, Any]) -> dict[str, Any]:
        """Builds an agreement from terms: the offer, with what is to be signed."""
        return self._post("/v1/offers", terms)

    def sign(self, offer: dict[str, Any], signer: Person) -> None:
        """Signs the offer's typed data, as a wallet would, and hands the signature in."""
        body = {"signer": signer.address, "signature": signer.sign_data(offer["typed_data"])}
        self._post(f"/v1/offers/{offer['offer_id']}/signatures", body)

    def origination(self, offer: dict[str, Any], sender: str) -> tuple[str, bytes]:
        """Address and calldata of the transaction that originates the loan."""
        path = f"/v1/offers/{offer['offer_id']}/transaction"
        return _call(self._answer(self._http.get(path, params={"sender": sender})))

    def payment(self, loan_id: str, kind: str, sender: str, amount: int) -> tuple[str, bytes]:
        """Address and calldata of a payment; `kind` is pay or payoff."""
        body = {"kind": kind, "sender": sender, "amount": str(amount)}
        return _call(self._post(f"/v1/loans/{loan_id}/transactions", body))

    def loans(self) -> list[dict[str, Any]]:
        """The loans the index knows, newest first, at most a hundred."""
        found: list[dict[str, Any]] = self._answer(
            self._http.get("/v1/loans", params={"limit": 100})
        )["data"]
        return found

    def wait_for_block(self, number: int, seconds: float = 30.0) -> None:
        """Returns once the index has block `number`. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            indexed = self._answer(self._http.get("/v1/chain"))["indexed"]
            if indexed is not None and indexed["number"] >= number:
                return
            time.sleep(0.05)
        raise TimeoutError(f"the index has not reached block {number} within {seconds:.0f} s")

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._answer(self._http.post(path, json=body))

    def _answer(self, response: httpx.Response) -> dict[str, Any]:
        answer: dict[str, Any] = response.json()
        if response.is_error:
            raise ServiceRefused(f"{response.request.url}: {answer.get('detail', answer)}")
        return answer


def _call(transaction: dict[str, Any]) -> tuple[str, bytes]:
    return transaction["to"], bytes.fromhex(transaction["data"][2:])
