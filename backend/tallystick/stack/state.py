"""Whether there is a stack to go on with, and the fresh start when there is none."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from tallystick.stack.chainfile import ChainFile
from tallystick.stack.layout import Layout


class Found(Enum):
    """What an earlier run left in `var`."""

    NOTHING = "nothing"
    FINISHED = "finished"
    UNFINISHED_DEMO = "unfinished demo"
    DAMAGED = "damaged"


def look(layout: Layout) -> Found:
    """Judges the chain's state file and the mark of the finished demo."""
    if not layout.demo.exists():
        left = (layout.chain_state, layout.database, layout.record)
        return Found.UNFINISHED_DEMO if any(path.exists() for path in left) else Found.NOTHING
    try:
        ChainFile(layout).prepare()
    except (OSError, ValueError, LookupError, TypeError):
        return Found.DAMAGED
    whole = layout.chain_state.exists() and layout.record.exists()
    return Found.FINISHED if whole else Found.DAMAGED


def clear(layout: Layout) -> None:
    """Removes what an unfinished demo has left; logs stay."""
    shutil.rmtree(layout.chain_state.parent, ignore_errors=True)
    for path in _files(layout):
        path.unlink(missing_ok=True)


def set_aside(layout: Layout) -> str:
    """Moves chain, databases and record into a new folder of `var`; returns its path."""
    folder = layout.var / f"set-aside-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    folder.mkdir()
    for path in (layout.chain_state.parent, *_files(layout)):
        if path.exists():
            path.rename(folder / path.name)
    return str(folder)


def mark_finished(layout: Layout) -> None:
    """Remembers that the demo was played to its end."""
    layout.demo.write_text(json.dumps({"finished_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}))


def _files(layout: Layout) -> tuple[Path, ...]:
    databases = (layout.database, *layout.private_files)
    beside = (path.with_name(path.name + end) for path in databases for end in ("", "-wal", "-shm"))
    return (*beside, layout.record, layout.demo)
