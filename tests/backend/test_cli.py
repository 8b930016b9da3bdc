import subprocess
import sys

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
