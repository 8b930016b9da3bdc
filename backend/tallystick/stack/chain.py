"""The embedded chain: anvil with its state on disk, and the contracts on it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

from tallystick.chain.deployment import load_deployment, verify
from tallystick.chain.errors import DeploymentMissing, RpcError
from tallystick.chain.rpc import Rpc
from tallystick.stack.chainfile import ChainFile
from tallystick.stack.errors import StackError
from tallystick.stack.layout import ROOT, TOOLS, Layout
from tallystick.stack.process import Child

_START_SECONDS = 20.0


def start_chain(layout: Layout, new_begin: int) -> Child:
    """Starts anvil and waits until it answers; a new chain begins at Unix second `new_begin`.

    A known chain goes on at the present. Raises StackError, RpcError.
    """
    begin = ChainFile(layout).prepare()
    command = [str(TOOLS / "bin" / "anvil"), "--host", "127.0.0.1"]
    command += ["--port", str(layout.chain_port), "--hardfork", "prague", "--quiet"]
    command += ["--state", str(layout.chain_working), "--state-interval", "2"]
    # The same each time: anvil makes a first block on every start, and keeps it beside the one it
    # loads if the two differ.
    command += ["--timestamp", str(new_begin if begin is None else begin)]
    chain = Child.start("chain", command, {}, layout.log("chain"))
    rpc = Rpc(layout.rpc_url, retries=0, timeout=2.0)

    def answers() -> bool:
        try:
            rpc.call("eth_chainId")
        except RpcError:
            return False
        return True

    try:
        wait_until(answers, chain, _START_SECONDS)
        if begin is not None:
            head = rpc.call("eth_getBlockByNumber", "latest", False)  # noqa: FBT003
            rpc.call("evm_setTime", max(int(time.time()), int(head["timestamp"], 16)))
    except (StackError, RpcError):
        chain.stop()
        raise
    return chain


def deploy(layout: Layout) -> None:
    """Deploys through Brownie unless the contracts are there. Raises StackError, ChainError."""
    try:
        verify(Rpc(layout.rpc_url), load_deployment(layout.record))
    except DeploymentMissing:
        pass
    else:
        return
    log = layout.log("deploy")
    command = [str(ROOT / "tools" / "brownie"), "run", "scripts/deploy.py", "--network", "local"]
    with log.open("ab") as output:
        done = subprocess.run(  # noqa: S603
            command,
            cwd=ROOT,
            env=os.environ | layout.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0 or not layout.record.exists():
        raise StackError(f"The contracts could not be deployed; the reason is in {log}.")


def wait_until(ready: Callable[[], bool], child: Child, seconds: float) -> None:
    """Returns once `ready` says so. Raises StackError if `child` ends, or does not get there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if child.exit_code is not None:
            raise StackError(ended(child))
        if ready():
            return
        time.sleep(0.1)
    raise StackError(
        f"The {child.name} is not ready after {seconds:.0f} seconds; its log is {child.log}."
    )


def ended(child: Child) -> str:
    """The sentence for a child that ended by itself."""
    return f"The {child.name} ended with exit code {child.exit_code}; its log is {child.log}."
