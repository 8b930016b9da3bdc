"""Starts everything in order, watches it, stops it in the opposite order."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tallystick.chain.client import BookClient
from tallystick.chain.deployment import load_deployment
from tallystick.chain.devchain import DevelopmentChain
from tallystick.chain.errors import ChainError
from tallystick.chain.rpc import Rpc
from tallystick.db.lock import try_lock
from tallystick.demo.api import ServiceClient, ServiceRefused
from tallystick.demo.plan import LENGTH
from tallystick.demo.play import Demo, KeeperSilent, World
from tallystick.stack import state
from tallystick.stack.chain import deploy, ended, start_chain, wait_until
from tallystick.stack.chainfile import ChainFile
from tallystick.stack.checks import check_ports, check_tools
from tallystick.stack.errors import StackError
from tallystick.stack.layout import KEEPER_KEY, Layout
from tallystick.stack.process import Child, stop_leftovers, write_register
from tallystick.stack.secrets import lender_secrets, vault_secrets
from tallystick.stack.table import loans_table

_READY_SECONDS = 120.0
_DEMO_ERRORS = (KeeperSilent, ServiceRefused, ChainError, TimeoutError, httpx.HTTPError)
_KEEPER_SECONDS = "0.5"
_MESSAGES_SECONDS = "0.5"
_JOBS_SECONDS = "2"
_AFRESH = "remove that file's folder to start afresh"


class Stack:
    """The running product; `console` is where its user reads."""

    def __init__(self, layout: Layout, console: Console) -> None:
        self._layout = layout
        self._console = console
        self._children: list[Child] = []
        self._chain_file = ChainFile(layout)

    def run(self) -> None:
        """Starts, plays the demo the first time, serves until interrupted. Raises StackError."""
        layout = self._layout
        check_tools()
        layout.var.mkdir(parents=True, exist_ok=True)
        with try_lock(layout.lock) as mine:
            if not mine:
                raise StackError(
                    f"Tallystick already runs with {layout.var}; stop it first (Ctrl-C there)."
                )
            left = stop_leftovers(layout.processes)
            if left:
                self._say(f"Stopped what an earlier run had left running: {', '.join(left)}.")
            check_ports(layout)
            try:
                self._start()
                self._serve()
            finally:
                self._stop()

    def _start(self) -> None:
        layout = self._layout
        known = self._find()
        self._say("Starting the chain")
        self._add(start_chain(layout, int(time.time()) - LENGTH * 86_400))
        self._deploy(known=known)
        rpc = Rpc(layout.rpc_url)
        chain = DevelopmentChain(rpc)
        self._say("Starting the service, the keeper and the daily jobs")
        secrets = vault_secrets(layout) | lender_secrets(self._token())
        service = self._command("service", ["serve"], secrets)
        self._wait_for(service)
        from eth_account import Account

        chain.fund(Account.from_key(KEEPER_KEY).address)
        keeper = ["keeper", "--interval", _KEEPER_SECONDS]
        self._command("keeper", keeper, {"TALLYSTICK_KEEPER_KEY": KEEPER_KEY})
        told = vault_secrets(layout) | {"TALLYSTICK_MESSAGES_SINK": str(layout.sink)}
        self._command("messages", ["messages", "run", "--interval", _MESSAGES_SECONDS], told)
        self._command("jobs", ["jobs", "run", "--interval", _JOBS_SECONDS], secrets)
        if not known:
            self._play(chain, rpc)
            state.mark_finished(layout)

    def _deploy(self, *, known: bool) -> None:
        """The clock runs meanwhile: compiling takes a minute or two on a fresh machine."""
        if known:
            deploy(self._layout)
            return
        self._say("Compiling and deploying the contracts (a minute or two the first time)")
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            progress.add_task("Compiling and deploying", total=None)
            deploy(self._layout)

    def _find(self) -> bool:
        """Whether there is a finished stack to go on with; makes room for a new one if not."""
        self._chain_file.adopt()  # what a killed run saved last
        match state.look(self._layout):
            case state.Found.FINISHED:
                return True
            case state.Found.UNFINISHED_DEMO:
                self._say("The last demo was interrupted: starting it again on an empty chain.")
                state.clear(self._layout)
            case state.Found.DAMAGED:
                folder = state.set_aside(self._layout)
                self._say(
                    f"The chain's saved state cannot be read: it is set aside in {folder}, "
                    "and the demo starts again on an empty chain."
                )
            case state.Found.NOTHING:
                pass
        return False

    def _play(self, chain: DevelopmentChain, rpc: Rpc) -> None:
        layout = self._layout
        record = load_deployment(layout.record)
        service = ServiceClient(layout.url)
        world = World(
            chain,
            rpc,
            BookClient(layout.rpc_url, record.book),
            service,
            layout.database,
            self._token(),
            record.chain_id,
        )
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("day {task.completed} of {task.total}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task("Playing the demo", total=LENGTH)

            def on_day(number: int) -> None:
                self._check_children()
                progress.update(task, completed=number)

            def tell(sentence: str) -> None:
                progress.console.print(sentence, markup=False, highlight=False, soft_wrap=True)

            try:
                Demo(world, tell, on_day).play()
            except _DEMO_ERRORS as error:
                self._check_children()
                raise StackError(
                    f"The demo could not go on: {error}. The logs are in {layout.var / 'log'}."
                ) from error
            finally:
                service.close()

    def _token(self) -> str:
        """The test dollar. Raises StackError."""
        record = self._layout.record
        token = load_deployment(record).token
        if token is None:
            raise StackError(f"{record} names no test token: {_AFRESH}.")
        return token

    def _serve(self) -> None:
        layout = self._layout
        service = ServiceClient(layout.url)
        self._console.print(loans_table(service.loans()))
        service.close()
        self._console.print(f"Loans      {layout.url}/")
        self._console.print(f"HTTP API   {layout.url}/reference")
        self._console.print(f"Chain      {layout.rpc_url} (chain id 31337)")
        self._console.print(f"Messages   {layout.sink} (nothing leaves this machine)")
        self._console.print(f"Logs       {layout.var / 'log'}")
        self._console.print("Press Ctrl-C to stop.")
        while True:
            self._check_children()
            self._chain_file.adopt()
            time.sleep(0.2)

    def _command(self, name: str, arguments: list[str], secrets: dict[str, str]) -> Child:
        """Starts `tallystick` with `arguments`."""
        program = Path(sys.executable).with_name("tallystick")
        environment = self._layout.environment() | secrets
        command = [str(program), *arguments]
        return self._add(Child.start(name, command, environment, self._layout.log(name)))

    def _add(self, child: Child) -> Child:
        self._children.append(child)
        write_register(self._layout.processes, self._children)
        return child

    def _wait_for(self, service: Child) -> None:
        with httpx.Client(base_url=self._layout.url, timeout=2.0) as http:

            def is_ready() -> bool:
                try:
                    return http.get("/readyz").is_success
                except httpx.HTTPError:
                    return False

            wait_until(is_ready, service, _READY_SECONDS)

    def _check_children(self) -> None:
        for child in self._children:
            if child.exit_code is not None:
                raise StackError(ended(child))

    def _stop(self) -> None:
        """The chain last: it saves its state when it is asked to end."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if self._children:
            self._say("Stopping")
        for child in reversed(self._children):
            child.stop()
        self._chain_file.adopt()
        self._layout.processes.unlink(missing_ok=True)

    def _say(self, sentence: str) -> None:
        self._console.print(sentence)
