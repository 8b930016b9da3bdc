"""A wallet for the browser's stories: keys and signing stay here, the page only asks.

POST / takes {"account", "method", "params"} as a page's provider would be asked, and answers
{"result"} or {"error": {"code", "message"}}. The node answers whatever is not about keys.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from eth_account import Account
from tests.integration.world import World

from tallystick.chain.errors import RpcRefused


@contextmanager
def wallet(world: World) -> Iterator[str]:
    """The address at which the keys of the world's parties sign."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer = {"result": _answer(world, **asked)}
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


def _answer(world: World, account: str, method: str, params: list[Any]) -> Any:
    if method == "eth_signTypedData_v4":
        signed = Account.sign_typed_data(world.at(account).key, full_message=json.loads(params[1]))
        return "0x" + bytes(signed.signature).hex()
    return world.rpc.call(method, *params)
