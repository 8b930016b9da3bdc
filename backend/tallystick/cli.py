"""The `tallystick` command.

Every package defines its own click command; this module only knows where, so that a command starts
without importing the others.
"""

from importlib import import_module
from typing import Final

import click

from tallystick import __version__

# name -> (where the click command is defined, its line in the list of commands)
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "schedule": ("tallystick.loans.cli:schedule", "Print the schedule of a loan before it exists."),
    "recommend": (
        "tallystick.loans.recommend.cli:recommend",
        "Propose the repayment plan that a budget carries.",
    ),
    "quote": ("tallystick.loans.quotes.cli:quote", "Print what a loan costs, with its APR."),
    "payoff": ("tallystick.loans.quotes.cli:payoff", "Print what closes a loan on a day."),
    "statement": (
        "tallystick.statements.cli:statement",
        "Write a loan's amortization table as JSON, CSV or PDF.",
    ),
    "calendar": ("tallystick.statements.cli:calendar", "Write a loan's due dates for calendars."),
    "score": ("tallystick.scoring.cli:score", "Train scorecards, and score with them."),
    "intake": ("tallystick.intake.cli:intake", "Read what applicants hand in."),
    "screen": (
        "tallystick.screening.cli:screen",
        "Judge what screening finds, and keep sanctions lists.",
    ),
    "decisions": (
        "tallystick.decisions.cli:decisions",
        "Release lending policies, and repeat decisions.",
    ),
    "warn": (
        "tallystick.earlywarning.cli:warn",
        "Warn of running loans that may fall behind.",
    ),
    "close": (
        "tallystick.servicing.cli:close",
        "Close the business dates that have ended.",
    ),
    "servicing": (
        "tallystick.servicing.cli:servicing",
        "Work on loans that fall behind.",
    ),
    "repair": ("tallystick.repair.cli:repair", "Repair credit: invitations and supervision."),
    "index": ("tallystick.indexer.cli:index", "Follow the chain into the database."),
    "serve": ("tallystick.api.cli:serve", "Serve the HTTP API and the pages."),
    "audit": (
        "tallystick.audit.group:group",
        "Recompute a book from its events, or check the trail.",
    ),
    "anchor": ("tallystick.trail.cli:anchor_command", "Anchor the audit trail on chain."),
    "verify": ("tallystick.proof.cli:verify", "Check a loan's proof without any node."),
    "simulate": (
        "tallystick.simulate.cli:simulate",
        "Live a whole portfolio on the real stack, and audit it.",
    ),
    "keeper": ("tallystick.settlement.cli:keeper", "Settle the installments that are due."),
    "jobs": ("tallystick.jobs.cli:jobs", "Run what recurs, such as daily."),
    "channels": (
        "tallystick.channels.cli:channels",
        "Take repayments in by banks, counters, employers and merchants.",
    ),
    "messages": ("tallystick.messages.cli:messages", "Tell people what concerns their loans."),
    "attest": ("tallystick.identity.cli:attest", "Attest what is known of a wallet."),
    "identity": (
        "tallystick.screening.recheck:identity",
        "Keep what is known of people up to date.",
    ),
    "vault": (
        "tallystick.identity.vault.cli:vault",
        "Keep the vault of personal data: keys, rotation, retention.",
    ),
    "backup": ("tallystick.backup.cli:backup", "Save every database, and restore them."),
    "demo": ("tallystick.demo.cli:demo", "Play the demonstration on a development chain."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tallystick")
def main() -> None:
    """Tallystick: loans signed by both sides, kept on chain, settled by themselves.

    Settings come from the environment (TALLYSTICK_RPC_URL, TALLYSTICK_DB, ...); see
    docs/operations.md for all of them.
    """
