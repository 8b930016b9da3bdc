"""The command `tallystick verify`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click


@click.command()
@click.argument("proof", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option(
    "--block-hash",
    "hashes",
    multiple=True,
    required=True,
    metavar="0x…",
    help="Hash of a block that you trust, from your own node or an explorer; may be repeated.",
)
@click.option("--book", metavar="0x…", help="The book the loan must be in.")
@click.option("--loan", metavar="0x…", help="The loan it must be.")
def verify(proof: Path, hashes: tuple[str, ...], book: str | None, loan: str | None) -> None:
    """Check a loan's PROOF without any node; - reads standard input.

    Everything in the file is recomputed from the block hash: the loan's terms, its state in the
    book's storage, each of its events, and that the events add up to the state. Exit code 0 means
    proven, 1 refused, 2 that the command was used wrongly.
    """
    import orjson

    from tallystick.proof.errors import HashUntrusted, ProofRefused
    from tallystick.proof.verify import parse
    from tallystick.proof.verify import verify as check

    trusted = {_hash(text) for text in hashes}
    try:
        with click.open_file(str(proof), "rb") as source:
            document = parse(orjson.loads(source.read()))
        _require("book", book, document.book)
        _require("loan", loan, document.loan_id)
        found = check(document, trusted)
    except OSError as error:
        raise click.UsageError(f"cannot read {proof}: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise click.ClickException(f"REFUSED: not JSON: {error}") from error
    except HashUntrusted as error:
        more = " ".join(f"--block-hash {hash_}" for hash_ in error.hashes)
        raise click.ClickException(f"REFUSED: {error}. If you do trust them: {more}") from error
    except ProofRefused as error:
        raise click.ClickException(f"REFUSED: {error}") from error
    state, debt = found.state, found.state.debt
    time = datetime.fromtimestamp(found.block.timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    lines = [
        ("PROVEN", f"by {len(found.rests_on)} trusted block hash(es)"),
        ("loan", "0x" + state.loan_id.hex()),
        ("in the book", f"{found.book}, chain {found.chain_id}"),
        ("code hash", "0x" + found.code_hash.hex()),
        ("at block", f"{found.block.number}, {time}"),
        ("borrower", state.agreement.borrower),
        ("lender", state.original.lender),
        ("holder", state.holder),
        ("token", state.agreement.token),
        ("principal", f"{state.agreement.principal} base units"),
        ("terms", "0x" + state.terms.hex()),
        ("status", debt.status.label),
        ("balance", f"{debt.balance} base units"),
        ("paid", f"{state.paid.total} in {len(state.payments)} payments"),
        ("events", str(len(found.events))),
    ]
    for name, value in lines:
        click.echo(f"{name:<12} {value}")


def _require(what: str, wanted: str | None, stated: str) -> None:
    from tallystick.proof.errors import ProofRefused

    if wanted is not None and wanted.lower() != stated.lower():
        raise ProofRefused(f"it is about the {what} {stated}")


def _hash(text: str) -> bytes:
    digits = text.removeprefix("0x")
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise click.BadParameter(f"{text!r} is not 0x and 64 hexadecimal digits")
    return value
