"""Answers about loans at once, and everything else as soon as the rest of the service is loaded.

To load the whole service takes some seconds. Whoever reads the ledger need not wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, AsyncExitStack

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from tallystick.api.core import Core, core_app


class Starting:
    """The application of a server that starts.

    `load` makes the whole one, in a thread; what `beside` gives runs beside it. If loading fails,
    `problem` says why, requests that wait fail, and `give_up` is called.
    """

    def __init__(
        self,
        core: Core,
        load: Callable[[], FastAPI],
        beside: Callable[[FastAPI], AbstractContextManager[None]],
        give_up: Callable[[], None],
    ) -> None:
        self.problem: Exception | None = None
        self._routes, self._early = core_app(core)
        self._load, self._beside, self._give_up = load, beside, give_up
        self._whole: ASGIApp | None = None
        self._ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if self._whole is None and self._is_early(scope):
            await self._early(scope, receive, send)
            return
        await self._ended.wait()
        if self._whole is None:
            raise ConnectionAbortedError("the service could not be loaded")
        await self._whole(scope, receive, send)

    def _is_early(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        if any(name == b"authorization" for name, _ in scope["headers"]):
            return False
        routes = (context.original_route for context in iter_route_contexts(self._routes.routes))
        return any(route.matches(scope)[0] is Match.FULL for route in routes)

    async def _live(self, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            await receive()
            loading = asyncio.create_task(self._become_whole(stack))
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await loading
        await send({"type": "lifespan.shutdown.complete"})

    async def _become_whole(self, stack: AsyncExitStack) -> None:
        try:
            whole = await asyncio.to_thread(self._load)
            await stack.enter_async_context(whole.router.lifespan_context(whole))
            stack.enter_context(self._beside(whole))
            self._whole = whole
        except Exception as error:  # noqa: BLE001 - told by whoever started the server
            self.problem = error
            self._give_up()
        finally:
            self._ended.set()
