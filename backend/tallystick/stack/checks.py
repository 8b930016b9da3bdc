"""What must hold before anything is started."""

from __future__ import annotations

import shutil
import socket
import subprocess

from tallystick.stack.errors import StackError
from tallystick.stack.layout import TOOLS, Layout

_NODE_NEEDED = "Tallystick needs Node.js 20 or newer, but found {}; install it and run this again."


def check_tools() -> None:
    """Raises StackError without Node.js, or without the development chain that npm installs."""
    node = shutil.which("node")
    if node is None:
        raise StackError(_NODE_NEEDED.format("none"))
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = answer.stdout.strip()
    major = version.removeprefix("v").partition(".")[0]
    if not major.isdecimal() or int(major) < 20:
        raise StackError(_NODE_NEEDED.format(version or "one that does not run"))
    if not (TOOLS / "bin" / "anvil").exists():
        raise StackError("The development chain is not installed yet: run `make setup`.")


def check_ports(layout: Layout) -> None:
    """Raises StackError when a port is taken."""
    if layout.port == layout.chain_port:
        raise StackError("PORT and CHAIN_PORT must differ.")
    for port, variable, other in (
        (layout.port, "PORT", 8001),
        (layout.chain_port, "CHAIN_PORT", 8546),
    ):
        if not _is_free(port):
            spare = other if port != other else other + 1
            way_out = f"stop the other program or run `make run {variable}={spare}`"
            raise StackError(f"Port {port} is taken; {way_out}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # as servers do: a port whose last connections are only fading out is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
