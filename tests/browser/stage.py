"""What the browser visits: a lending service with people, on a chain of its own.

The service can be stopped and begun anew on the same address, and its node can go silent.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from tests.backend.decisions.cards import lending_card
from tests.integration.api.server import PATIENCE_SECONDS, wait_until
from tests.integration.decisions.stage import ROOT, activate, settings_of
from tests.integration.identity.gate import Person
from tests.integration.proxy import Proxy
from tests.integration.world import World

from tallystick.api.app import create_app
from tallystick.api.follower import following
from tallystick.api.notifier import notifying
from tallystick.config import Settings
from tallystick.decisions import releases
from tallystick.decisions.document import read_yaml
from tallystick.loans.agreement import Agreement
from tallystick.scoring.card import dump_card
from tallystick.web.reference import describing


class Service:
    """A server on one address, which can be restarted."""

    def __init__(self, settings: Settings, port: socket.socket) -> None:
        self._settings = settings
        self._socket = port
        self.app: FastAPI
        self._server: uvicorn.Server
        self._thread: threading.Thread
        self._tells: ExitStack
        self.start()

    def start(self) -> None:
        self.app = create_app(self._settings, posts_per_minute=10_000)
        state = self.app.state
        self._tells = ExitStack()
        self._tells.enter_context(notifying(state.server, state.access, state.notices))
        self._tells.enter_context(describing(self.app))
        config = uvicorn.Config(
            self.app, log_level="critical", ws="none", access_log=False, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        # a copy: the server closes what it is given
        sockets = [self._socket.dup()]
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": sockets})
        self._thread.start()
        wait_until(lambda: self._server.started)

    def stop(self) -> None:
        self._tells.close()
        self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)

    def restart(self) -> None:
        self.stop()
        self.start()


class Scene:
    """The world, the service over it, and a client."""

    def __init__(self, world: World, node: Proxy, settings: Settings, service: Service) -> None:
        self.world = world
        self.node = node
        self.settings = settings
        self.service = service
        self.address = settings.origin
        self.lent: dict[str, Agreement] = {}
        self.http = httpx.Client(base_url=self.address, timeout=30)

    def sync(self) -> None:
        """Waits until the index has reached the chain's head."""
        wait_until(self._level)

    def travel(self, seconds: int) -> None:
        """Moves the chain's clock on, and tells the service."""
        self.world.travel(self.world.now() + seconds)
        self.service.app.state.server.clock.was_set()
        self.sync()

    def silence(self, *, silent: bool) -> None:
        """Whether the service's node is down; wallets have another one."""
        self.node.handle_error = lambda *_: None  # type: ignore[method-assign] # as it should be
        self.node.target = "http://127.0.0.1:9" if silent else self.world.url

    def _level(self) -> bool:
        told = self.http.get("/v1/chain").json()
        return bool(told.get("indexed")) and told["indexed"] == told["head"]


@contextmanager
def opened(world: World, folder: Path) -> Iterator[Scene]:
    """The service, with the example catalogue and policy in force and an issuer of attestations."""
    with ExitStack() as stack:
        port = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        node = stack.enter_context(Proxy(world.url))
        base, _ = settings_of(world, folder)
        files = {
            name: folder / f"{name}.db"
            for name in ("messages", "servicing", "webhooks", "receipts", "warnings")
        }
        settings = base.model_copy(
            update=files
            | {
                "channels": _channels(world, folder),
                "rpc_url": node.url,
                "public_url": f"http://127.0.0.1:{port.getsockname()[1]}",
                "webhooks_private": True,  # receivers are on this machine
            }
        )
        stack.enter_context(following(settings))
        service = Service(settings, port)
        stack.callback(service.stop)
        scene = Scene(world, node, settings, service)
        stack.callback(scene.http.close)
        scene.sync()
        _release(scene)
        yield scene


def _channels(world: World, folder: Path) -> Path:
    """A bank through which money comes in."""
    path = folder / "channels.yaml"
    bank = f"{{kind: bank, currency: USD, token: '{world.token}', token_decimals: 6}}"
    path.write_text(f"bank: {bank}\n")
    return path


def _release(scene: Scene) -> None:
    catalogue = read_yaml(ROOT / "lending" / "catalogue.yaml")
    policy = read_yaml(ROOT / "lending" / "policy.yaml")
    with scene.service.app.state.server.writing() as db:
        card = dump_card(lending_card(-4.4))
        release = releases.put_release(db, catalogue, [(policy, card)], 0, scene.world.now())
        measured = (ROOT / "lending" / "scorecard" / "metrics.json").read_bytes()
        releases.put_card(db, card, scene.world.now(), measured)
        activate(db, release, scene.settings, scene.world)


class Visitor:
    """Somebody with a browser's session, for what is prepared before pages are looked at."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene = scene
        self.person = Person(name)
        body = {"address": self.person.address}
        message = scene.http.post("/v1/sign-in/challenges", json=body).json()["message"]
        body = self._signed(message) | {"carrier": "cookie"}
        answer = scene.http.post("/v1/sessions", json=body)
        assert answer.status_code == 201, answer.text
        self.subject: str = answer.json()["subject"]
        self._csrf = answer.json()["csrf_token"]
        self.cookie = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
        scene.http.cookies.clear()

    def get(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path)

    def post(self, path: str, body: object = None) -> dict[str, Any]:
        return self._ask("POST", path, body)

    def put(self, path: str, body: object, **headers: str) -> dict[str, Any]:
        return self._ask("PUT", path, body, **headers)

    def upload(
        self, path: str, file: bytes, media_type: str, method: str = "PUT"
    ) -> dict[str, Any]:
        return self._ask(method, path, file, **{"Content-Type": media_type})

    def confirm(self, act: str, **about: object) -> dict[str, Any]:
        """The signature that an act needs."""
        asked = {"act": act, "signer": self.person.address, **about}
        return self._signed(str(self.post("/v1/me/challenges", asked)["message"])) | about

    def _signed(self, message: str) -> dict[str, Any]:
        return {"message": message, "signature": "0x" + self.person.sign(message).hex()}

    def _ask(self, method: str, path: str, body: object = None, **more: str) -> dict[str, Any]:
        headers = {
            "Cookie": f"__Host-tallystick={self.cookie}",
            "X-CSRF-Token": self._csrf,
            **more,
        }
        sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = self.scene.http.request(method, path, headers=headers, **sent)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found
