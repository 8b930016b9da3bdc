"""Somebody who is signed in to the service."""

from __future__ import annotations

from typing import Any

from tallystick.demo.api import ServiceClient
from tallystick.demo.people import Person


class Session:
    """One person's requests. Signs in at once; for a later day a new one is needed."""

    def __init__(self, service: ServiceClient, person: Person) -> None:
        self.person = person
        self._service = service
        given = service.ask("POST", "/v1/sign-in/challenges", body={"address": person.address})
        signed = self._signed(given) | {"carrier": "bearer"}
        made = service.ask("POST", "/v1/sessions", body=signed)
        self.subject: str = made["subject"]
        self._headers = {"Authorization": f"Bearer {made['token']}"}

    def get(self, path: str) -> dict[str, Any]:
        """Below `/v1`."""
        return self._ask("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Below `/v1`."""
        return self._ask("POST", path, body=body)

    def put(self, path: str, body: dict[str, Any], version: int = 0) -> dict[str, Any]:
        """Below `/v1`; `version` is the one that is replaced, 0 for none."""
        return self._ask("PUT", path, body=body, headers={"If-Match": f'"{version}"'})

    def hand_in(self, path: str, content: bytes, media_type: str) -> dict[str, Any]:
        """Sends a file below `/v1`."""
        return self._ask("POST", path, content=content, headers={"Content-Type": media_type})

    def challenge(self, act: str, **about: Any) -> dict[str, str]:
        """A signature that permits one act."""
        body = {"act": act, "signer": self.person.address} | about
        return self._signed(self.post("/me/challenges", body))

    def _signed(self, given: dict[str, Any]) -> dict[str, str]:
        message: str = given["message"]
        return {"message": message, "signature": self.person.sign_text(message)}

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        headers = self._headers | more.pop("headers", {})
        return self._service.ask(method, f"/v1{path}", headers=headers, **more)
