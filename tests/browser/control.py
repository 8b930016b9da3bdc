"""A wallet for the browser's stories, and what they do behind the scene.

POST / takes {"account", "method", "params"} as a page's provider would be asked, and answers
{"result"} or {"error": {"code", "message"}}. Keys and signing stay here. Methods that begin with
`stage_` move the scene; the node answers whatever is left.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from tests.browser.own_loans import default, lend
from tests.browser.programs import appoint
from tests.browser.scenery import know
from tests.browser.staffroom import ACTS
from tests.browser.stage import Scene

from tallystick.chain.errors import RpcRefused

STAGE = "stage_"
BEHIND: dict[str, Callable[..., Any]] = {
    "restart": lambda scene: scene.service.restart(),
    "travel": lambda scene, seconds: scene.travel(seconds),
    "sync": lambda scene: scene.sync(),
    "silence": lambda scene, silent: scene.silence(silent=silent),
    "know": know,
    "appoint": appoint,
    "lend": lend,
    "default": default,
    **ACTS,
}
"""What stories do behind the scene, by the name of the method."""


@contextmanager
def control(scene: Scene) -> Iterator[str]:
    """The address at which the keys of the world's parties sign."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer = {"result": _answer(scene, **asked)}
            except RpcRefused as error:
                answer = {"error": {"code": error.code, "message": error.message}}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _answer(scene: Scene, account: str, method: str, params: list[Any]) -> Any:
    match method:
        case "eth_signTypedData_v4":
            message = json.loads(params[1])
            signed = Account.sign_typed_data(_key(scene, account), full_message=message)
        case "personal_sign":
            text = encode_defunct(hexstr=params[0])
            signed = Account.sign_message(text, _key(scene, account))
        case _ if method.startswith(STAGE):
            return BEHIND[method.removeprefix(STAGE)](scene, *params)
        case _:
            return scene.world.rpc.call(method, *params)
    return "0x" + bytes(signed.signature).hex()


def _key(scene: Scene, account: str) -> bytes:
    return scene.world.at(account).key
