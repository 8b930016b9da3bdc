"""People who are signed in over HTTP, with the roles that a test gives them."""

from __future__ import annotations

from typing import Any, Self

from fastapi.testclient import TestClient
from tests.integration.identity.browser import bearer, sign_in
from tests.integration.identity.gate import Person

from tallystick.db import write
from tallystick.identity.access.access import Access
from tallystick.identity.authority.grants import grant
from tallystick.identity.authority.keys import Wish
from tallystick.identity.authority.roles import Role, Scope


class Someone:
    """A person who is signed in."""

    def __init__(self, http: TestClient, person: Person, *roles: Role) -> None:
        self.http = http
        self.person = person
        session = sign_in(http, person)
        self.subject: str = session["subject"]
        self.headers = bearer(session)
        with self.access.file.open() as db, write(db) as conn:
            for role in roles:
                grant(conn, self.subject, role, self.access.vault.now())

    @property
    def access(self) -> Access:
        opened: Access = self.http.app.state.access  # type: ignore[attr-defined]
        return opened

    def with_key(self, *scopes: Scope) -> Self:
        """The same, by a key instead of a session."""
        _, token = self.access.keys.create(self.subject, Wish("x", frozenset(scopes), 1, 6000))
        twin = object.__new__(type(self))
        twin.__dict__ |= self.__dict__ | {"headers": {"Authorization": f"Bearer {token}"}}
        return twin

    def get(self, path: str) -> Any:
        return self.http.get(f"/v1/me{path}", headers=self.headers)

    def post(self, path: str, body: Any) -> Any:
        return self.http.post(f"/v1/me{path}", json=body, headers=self.headers)

    def put(self, record: str, fields: dict[str, str], version: int = 0) -> Any:
        headers = self.headers | {"If-Match": f'"{version}"'}
        body = {"fields": fields}
        return self.http.put(f"/v1/me/records/{record}", json=body, headers=headers)

    def sign(self, act: str, by: Person | None = None, **about: Any) -> dict[str, Any]:
        signer = by or self.person
        given = self.post("/challenges", {"act": act, "signer": signer.address, **about}).json()
        signature = "0x" + signer.sign(given["message"]).hex()
        return {"message": given["message"], "signature": signature}

    def consent(self, purpose: str, version: int = 1) -> Any:
        about = {"purpose": purpose, "version": version}
        return self.post("/consents", self.sign("give_consent", **about) | about)
