"""What a server needs to answer about the chain and its loans: the first to stand at a start."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from tallystick.api.middleware import TraceMiddleware
from tallystick.api.problems import Problem, problem_for, trace_id_of
from tallystick.api.quick import QuickReads
from tallystick.api.routes import chain, loans
from tallystick.api.state import ServerState
from tallystick.api.texts.reader import Reader
from tallystick.api.tracing import Tracing
from tallystick.config import Settings

NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""The framework's own would tell paths with the ids in them; `TraceMiddleware` tells routes."""
RAISED = Problem, RequestValidationError, HTTPException
"""What becomes a problem document."""


@dataclass(frozen=True, slots=True)
class Core:
    """Held by a server for as long as it runs."""

    tracing: Tracing
    state: ServerState
    reader: Reader

    @classmethod
    def open(cls, settings: Settings) -> Core:
        """Raises `DeploymentError` when there is no usable deployment record, `SettingsError` when
        traces cannot be sent."""
        tracing = Tracing.open(settings)
        state = ServerState(settings)
        return cls(tracing, state, Reader(state))

    def close(self) -> None:
        """Lets go of files and connections."""
        self.tracing.close()
        self.reader.close()
        self.state.close()


def core_app(core: Core) -> tuple[FastAPI, ASGIApp]:
    """Chain, books and loans, for anybody who asks without credentials: the routes, and what
    answers them."""
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    app.state.server = core.state
    app.state.access = None
    for router in (chain.router, chain.books, loans.router):
        app.include_router(router)
    for error in RAISED:
        app.add_exception_handler(error, _answer)
    quick = QuickReads(app, core.state, core.reader)
    return app, TraceMiddleware(quick, core.tracing)


async def _answer(request: Request, error: Exception) -> Response:
    return problem_for(error).response(trace_id_of(request))
