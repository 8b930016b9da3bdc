"""`tallystick demo`."""

from __future__ import annotations

import click

from tallystick.config import Settings, SettingsError


@click.command()
def demo() -> None:
    """Play the demonstration on a development chain.

    Needs a running service and keeper on an anvil chain with the test dollar, as `make run` has
    them (which plays the demo by itself the first time). Moves the chain's clock forward by seven
    months: loans are signed, lent, settled by the keeper, paid late, prepaid and closed.
    """
    import httpx

    from tallystick.chain.client import BookClient
    from tallystick.chain.deployment import load_deployment
    from tallystick.chain.devchain import DevelopmentChain, NotADevelopmentChain
    from tallystick.chain.errors import ChainError
    from tallystick.chain.rpc import Rpc
    from tallystick.demo.api import ServiceClient, ServiceRefused
    from tallystick.demo.play import Demo, KeeperSilent, World

    try:
        settings = Settings.from_environment()
        record = load_deployment(settings.deployment)
        if record.token is None:
            raise click.ClickException("The deployment record names no test token.")
        rpc = Rpc(settings.rpc_url)
        world = World(
            DevelopmentChain(rpc),
            rpc,
            BookClient(settings.rpc_url, record.book),
            ServiceClient(f"http://{settings.host}:{settings.port}"),
            settings.db,
            record.token,
            record.chain_id,
        )
        Demo(world, click.echo, lambda _day: None).play()
    except (
        SettingsError,
        ChainError,
        NotADevelopmentChain,
        ServiceRefused,
        KeeperSilent,
        TimeoutError,
        httpx.HTTPError,
    ) as error:
        raise click.ClickException(str(error)) from error
