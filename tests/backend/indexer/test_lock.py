"""One writer at a time, and no lock outlives its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tallystick.indexer.errors import WriterBusy
from tallystick.indexer.lock import WriterLock

HOLD = """
import sys, time
from pathlib import Path
from tallystick.indexer.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_writer_fails_and_says_who_writes(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    with (
        WriterLock(path),
        pytest.raises(WriterBusy, match=f"process {os.getpid()}"),
    ):
        WriterLock(path)
    WriterLock(path).release()


def test_indexes_do_not_share_a_lock(tmp_path: Path) -> None:
    with WriterLock(tmp_path / "a.db"), WriterLock(tmp_path / "b.db"):
        pass


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WriterBusy, match=f"process {holder.pid}"):
            WriterLock(path)
        holder.send_signal(signal.SIGKILL)
        holder.wait(10)
    WriterLock(path).release()
