"""A wire between the product and its node that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_CHUNK = 65_536


class Relay:
    """Forwards TCP connections from a port of its own on loopback to `target` (a port there)."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0
        started = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._main(started),))
        self._thread.start()
        started.wait()

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Meanwhile every connection is closed, and new ones with it."""
        self._cut = True
        self._loop.call_soon_threadsafe(self._hang_up)
        try:
            yield
        finally:
            self._cut = False

    def close(self) -> None:
        """Ends the relay."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    async def _main(self, started: threading.Event) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._ended.wait()
        server.close()
        self._hang_up()

    def _hang_up(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(_forward(reader, far_writer), _forward(far_reader, writer))
        finally:
            self._open -= {writer, far_writer}


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
