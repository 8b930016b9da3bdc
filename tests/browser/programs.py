"""Firms whose programs use the API, before anybody looks: keys, webhooks, and deliveries."""

from __future__ import annotations

from tests.browser.looks import Look
from tests.browser.stage import Scene, Visitor
from tests.integration.api.server import wait_until

from tallystick.db import write
from tallystick.identity.authority.grants import grant
from tallystick.identity.authority.roles import Role

NOBODY = "http://127.0.0.1:9/receiver"
"""Where nobody listens, so that a delivery is tried again."""


def appoint(scene: Scene, name: str, role: str) -> str:
    """Gives a role, as two administrators would; the id of who has it now."""
    subject, access = Visitor(scene, name).subject, scene.service.app.state.access
    with access.file.open() as db, write(db) as conn:
        grant(conn, subject, Role(role), access.vault.now())
    return subject


REFERENCE = (
    *("/reference", "/reference?q=webhook", "/reference?q=zzz", "/sandbox"),
    *(f"/reference/{name}" for name in ("create_webhook", "list_loans", "apply")),
)


def of_programs(scene: Scene, loan_id: str) -> list[Look]:
    """An integrator's, and of somebody who is none."""
    appoint(scene, "ben", "integrator")
    ben = Visitor(scene, "ben")
    for name, scopes in (("core banking", ["webhooks:read"]), ("cashier", ["channels:write"])):
        ben.post(
            "/v1/me/api-keys",
            {"name": name, "scopes": scopes, "confirmation": ben.confirm("create_key")},
        )
    ben.post("/v1/webhooks", {"url": f"{NOBODY}?<b>", "loan": loan_id})
    hook = f"/v1/webhooks/{ben.post('/v1/webhooks', {'url': NOBODY})['webhook_id']}"
    message = ben.post(f"{hook}/ping")["message_id"]
    wait_until(lambda: ben.get(f"{hook}/messages/{message}")["tries"] > 0)
    places = ["/me/keys", "/me/webhooks", "/me/wallets"]
    deep = [hook.removeprefix("/v1"), f"{hook.removeprefix('/v1')}/messages/{message}"]
    own = [*places, *(f"/me{place}" for place in deep)]
    gil = Visitor(scene, "gil")
    return [
        *(Look(path) for path in REFERENCE),
        *(Look(path, ben.cookie) for path in own),
        *(Look(path, gil.cookie) for path in places),
    ]
