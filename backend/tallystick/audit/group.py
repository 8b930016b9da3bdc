"""`tallystick audit` for the loans of a book, `tallystick audit trail` for the service's trail."""

from __future__ import annotations

import click

from tallystick.audit.cli import command
from tallystick.trail.cli import trail_command


class LoansByDefault(click.Group):
    """Whatever names no command of the group is an audit of loans."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args = ["loans", *args]
        return super().parse_args(ctx, args)


group = LoansByDefault("audit", commands={"loans": command, "trail": trail_command})
