"""Sign-ins per second and their waiting times over sockets: part of `make bench-http`.

A sign-in is two requests, a challenge and the session for its signature, by an account of its own.
The same small client measures a bare FastAPI route in the same run; `ratio` is sign-ins over that.
Signing happens in the client, which shares the machine. The last line is one JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bench.sockets import Server, bare, serve
from eth_account import Account
from eth_account.messages import encode_defunct
from tests.integration.anvil import Anvil

from tallystick.config import Settings
from tallystick.identity.vault.keys import new_key_text

SECONDS = 6.0
CONNECTIONS = 8


class Connection:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of the answer. Exits when it is none of success."""
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n"
        head += "Content-Type: application/json\r\n\r\n"
        self._writer.write(head.encode() + content)
        told = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(told.split(b"content-length:")[1].split(b"\r\n")[0])
        answer = await self._reader.readexactly(length)
        if b" 200 " not in told[:16] and b" 201 " not in told[:16]:
            raise SystemExit(answer.decode())
        return json.loads(answer)

    def close(self) -> None:
        self._writer.close()


async def sign_in(connection: Connection) -> None:
    account = Account.create()
    asked = {"address": account.address}
    message = (await connection.ask("POST", "/v1/sign-in/challenges", asked))["message"]
    signed = account.sign_message(encode_defunct(text=message))
    body = {"message": message, "signature": "0x" + bytes(signed.signature).hex()}
    await connection.ask("POST", "/v1/sessions", body | {"carrier": "bearer"})


async def plain(connection: Connection) -> None:
    await connection.ask("GET", "/")


async def measure(port: int, act: Callable[[Connection], Awaitable[None]]) -> dict[str, float]:
    """Acts per second and their milliseconds at 50 % and 99 %."""
    waits: list[float] = []
    until = time.perf_counter() + SECONDS

    async def repeat() -> None:
        connection = Connection(port)
        await connection.open()
        while (begun := time.perf_counter()) < until:
            await act(connection)
            waits.append(time.perf_counter() - begun)
        connection.close()

    await asyncio.gather(*(repeat() for _ in range(CONNECTIONS)))
    waits.sort()
    at = {part: round(1_000 * waits[len(waits) * part // 100], 1) for part in (50, 99)}
    return {"per_s": round(len(waits) / SECONDS, 1), "p50_ms": at[50], "p99_ms": at[99]}


def main() -> None:
    module = "bench.signin"
    with Anvil() as anvil, tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        record = home / "deployment.json"
        book = {"address": "0x" + "11" * 20, "block": 1}
        record.write_text(json.dumps({"chain_id": 31337, "book": book}))
        settings = {
            "rpc_url": anvil.url,
            "db": str(home / "index.db"),
            "deployment": str(record),
            "identity": str(home / "identity.db"),
            "vault": str(home / "vault.db"),
            "vault_keys": f"k:{new_key_text()}",
            "vault_index_key": new_key_text(),
        }
        with Server("bare", json.dumps({"size": 400}), module=module) as server:
            before = asyncio.run(measure(server.port, plain))
        with Server("people", json.dumps(settings), module=module) as server:
            ours = asyncio.run(measure(server.port, sign_in))
    ratio = round(ours["per_s"] / before["per_s"], 3)
    print(
        f"sign-in {ours['per_s']:,.0f} per s, p99 {ours['p99_ms']} ms; bare {before['per_s']:,.0f}"
    )
    print(json.dumps({"bench": "sign-in", **ours, "bare_per_s": before["per_s"], "ratio": ratio}))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[1] == "bare":
        serve(bare(json.dumps("x" * json.loads(sys.argv[2])["size"]).encode()), int(sys.argv[3]))
    else:
        from tallystick.api.app import create_app

        app = create_app(Settings(**json.loads(sys.argv[2])), posts_per_minute=10**9)
        serve(app, int(sys.argv[3]))
