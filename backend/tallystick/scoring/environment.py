"""The training environment: made on demand below .tools, apart from the service's packages."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tallystick.scoring.errors import TrainingFailed

LOCK: Final = Path("tools") / "locks" / "training.txt"
_STDERR: Final = 2


def project_folder() -> Path:
    """The checkout that this package runs from, else the working folder."""
    checkout = Path(__file__).resolve().parents[3]
    return checkout if (checkout / "pyproject.toml").exists() else Path.cwd()


def training_python(say: Callable[[str], None]) -> Path:
    """The interpreter with the learning libraries; installs them the first time.

    Raises:
        TrainingFailed: they cannot be installed.
    """
    root = project_folder()
    lock, folder = root / LOCK, root / ".tools" / "training"
    if not lock.exists():
        raise TrainingFailed(f"{lock} is missing: training needs a checkout of the project")
    stamp, python = folder / ".installed", folder / "bin" / "python"
    if python.exists() and stamp.exists() and filecmp.cmp(lock, stamp, shallow=False):
        return python
    say(f"installing the training packages of {LOCK} below .tools (once)")
    uv = shutil.which("uv") or str(root / ".tools" / "uv" / "bin" / "uv")
    if not Path(uv).exists():
        raise TrainingFailed("uv is missing: run `make setup` once")
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
    _run([uv, "pip", "install", "--python", str(python), "--requirement", str(lock)])
    shutil.copyfile(lock, stamp)
    return python


def training_settings() -> dict[str, str]:
    """The child's environment: our package on its path, one thread per process."""
    single = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"),
        "1",
    )
    package = str(Path(__file__).resolve().parents[2])
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return inherited | single | {"PYTHONPATH": package, "PYTHONHASHSEED": "0"}


def _run(command: list[str]) -> None:
    # what uv says is progress, so it goes to stderr, whatever stands for `sys.stderr` here
    done = subprocess.run(command, stdout=_STDERR, check=False)  # noqa: S603
    if done.returncode:
        raise TrainingFailed(f"{Path(command[0]).name} {command[1]} failed; see above")
