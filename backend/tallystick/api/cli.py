"""`tallystick serve`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tallystick.config import Settings, SettingsError

if TYPE_CHECKING:
    from fastapi import FastAPI

_NOT_STARTED = 3
"""Exit code when the address cannot be listened on, of which the server has told."""


@click.command()
@click.option("--host", help="Address to listen on.  [default: TALLYSTICK_HOST or 127.0.0.1]")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Port to listen on.  [default: TALLYSTICK_PORT or 8000]",
)
@click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="SQLite file of the index.  [default: TALLYSTICK_DB or var/tallystick.db]",
)
@click.option("--index/--no-index", "with_index", default=True, help="Follow the chain as well.")
def serve(host: str | None, port: int | None, db: Path | None, *, with_index: bool) -> None:
    """Serve the HTTP API and the pages.

    By default the same process follows the chain into the database. With --no-index another
    process does that (tallystick index). Webhooks are delivered meanwhile. Due installments are
    settled by `tallystick keeper`.
    """
    gc.disable()  # until all is loaded: looking for garbage in it takes a tenth of the time
    import uvicorn

    from tallystick.api.core import Core
    from tallystick.api.follower import following
    from tallystick.api.starting import Starting
    from tallystick.chain.errors import DeploymentError
    from tallystick.logs import configure

    given = {"host": host, "port": port, "db": db}
    try:
        settings = Settings.from_environment()
        settings = settings.model_copy(update={k: v for k, v in given.items() if v is not None})
        configure(settings.log_format, settings.log_level)
        core = Core.open(settings)
    except (SettingsError, DeploymentError) as error:
        raise click.ClickException(str(error)) from error

    def load() -> FastAPI:
        from tallystick.api.app import create_app

        try:
            return create_app(settings, core=core)
        finally:
            gc.freeze()  # what is loaded stays
            gc.enable()

    def give_up() -> None:
        server.should_exit = True

    app = Starting(core, load, _beside, give_up)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        log_config=None,  # uvicorn's own lines like all others
        log_level="warning",
        ws="none",
        timeout_graceful_shutdown=2,  # event streams never end by themselves
    )
    server = uvicorn.Server(config)
    click.echo(f"Serving http://{settings.host}:{settings.port}/")
    with following(settings) if with_index else nullcontext(), suppress(KeyboardInterrupt):
        server.run()
    if app.problem is not None:
        _tell(app.problem)
    if not server.started:
        sys.exit(_NOT_STARTED)


@contextmanager
def _beside(app: FastAPI) -> Iterator[None]:
    """What runs in threads beside the whole application."""
    from tallystick.api.notifier import notifying
    from tallystick.api.texts.writer import writing_texts
    from tallystick.web.reference import describing

    held = app.state
    with (
        notifying(held.server, held.access, held.notices),
        writing_texts(held.server),
        describing(app),
    ):
        yield


def _tell(problem: Exception) -> None:
    """Raises it, as a sentence where it is the settings' fault."""
    from tallystick.channels.errors import ChannelsInvalid
    from tallystick.identity.vault.errors import KeyServiceInvalid

    if isinstance(problem, SettingsError | KeyServiceInvalid | ChannelsInvalid):
        raise click.ClickException(str(problem)) from problem
    raise problem
