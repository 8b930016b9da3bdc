import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from tallystick.cli import COMMANDS, main


def test_help_lists_every_command_with_its_line() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name, (_, line) in COMMANDS.items():
        assert name in result.output
        assert line in result.output


def test_unknown_command_is_refused() -> None:
    result = CliRunner().invoke(main, ["repay"])
    assert result.exit_code == 2
    assert "No such command 'repay'" in result.output


def test_help_imports_no_command() -> None:
    program = (
        "import sys; from tallystick.cli import main; main(['--help'], standalone_mode=False);"
        "loaded = {name.split('.')[0] for name in sys.modules};"
        "sys.exit(bool(loaded & {'web3', 'fastapi', 'brownie', 'sqlite_utils'}))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_server_starts_without_what_few_requests_need(tmp_path: Path) -> None:
    """It must serve again within moments after an accident, and imports are most of a start."""
    record = tmp_path / "deployment.json"
    record.write_text('{"chain_id": 1, "book": {"address": "0x%s", "block": 1}}' % ("b0" * 20))
    program = (
        "import sys; from pathlib import Path; from tallystick.config import Settings;"
        "from tallystick.api.app import create_app; import tallystick.api.follower;"
        "create_app(Settings(db=Path(sys.argv[1]), deployment=Path(sys.argv[2])));"
        "slow = {'pandas', 'numpy', 'sqlite_utils', 'web3', 'eth_abi', 'eth_utils', 'trie', 'fpdf',"
        " 'icalendar', 'rich', 'httpx'};"
        "sys.exit(' '.join(sorted(slow & {name.split('.')[0] for name in sys.modules})) or 0)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "index.db"), str(record)]
    subprocess.run(command, check=False, capture_output=True)  # makes tables with sqlite-utils
    started = subprocess.run(command, check=False, capture_output=True, text=True)
    assert started.stderr == ""
