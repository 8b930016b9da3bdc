"""`tallystick serve`."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from tallystick.config import Settings, SettingsError


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
    import uvicorn

    from tallystick.api.app import create_app
    from tallystick.api.follower import following
    from tallystick.api.notifier import notifying
    from tallystick.api.texts.writer import writing_texts
    from tallystick.chain.errors import DeploymentError
    from tallystick.channels.errors import ChannelsInvalid
    from tallystick.identity.vault.errors import KeyServiceInvalid
    from tallystick.logs import configure

    given = {"host": host, "port": port, "db": db}
    try:
        settings = Settings.from_environment()
        settings = settings.model_copy(update={k: v for k, v in given.items() if v is not None})
        configure(settings.log_format, settings.log_level)
        app = create_app(settings)
    except (SettingsError, DeploymentError, KeyServiceInvalid, ChannelsInvalid) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Serving http://{settings.host}:{settings.port}/")
    held = app.state
    with (
        following(settings) if with_index else nullcontext(),
        notifying(held.server, held.access, held.notices),
        writing_texts(held.server),
    ):
        uvicorn.run(
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
