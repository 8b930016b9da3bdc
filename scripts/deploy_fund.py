"""Deploy a repair fund beside the recorded book, on the active network.

`make deploy-fund NETWORK=<id>`; who pays is told as for `scripts/deploy.py`. From the environment:

TALLYSTICK_GATE               gate whose attestations of `repair_fund` admit borrowers
TALLYSTICK_LENDER_TOKEN       token of the fund; that of the record if not set
TALLYSTICK_FUND_PER_LOAN      most that is ever paid for one loan, base units
TALLYSTICK_FUND_PER_BORROWER  most that one borrower may owe, base units
TALLYSTICK_FUND_FIRST_ROWS    rows of an amended loan that are paid, 3 if not set
TALLYSTICK_FUND_LOCK          seconds that hold a deposit, 30 days if not set
"""

import os
import sys
from typing import Any

from brownie import project, web3
from scripts import deployment_record
from scripts.deploy import check_chain, create, deployer

DAY = 86_400
KIND = web3.keccak(text="tallystick:repair_fund")


def rules() -> tuple[Any, ...]:
    """The fund's rules. Exits with a sentence if one is missing."""
    needed = ("TALLYSTICK_GATE", "TALLYSTICK_FUND_PER_LOAN", "TALLYSTICK_FUND_PER_BORROWER")
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        sys.exit(f"Set {', '.join(missing)}.")
    gate, per_loan, per_borrower = (os.environ[name] for name in needed)
    first_rows = int(os.environ.get("TALLYSTICK_FUND_FIRST_ROWS", "3"))
    lock = int(os.environ.get("TALLYSTICK_FUND_LOCK", str(30 * DAY)))
    return gate, KIND, int(per_loan), int(per_borrower), first_rows, lock


def main() -> None:
    check_chain()
    record = deployment_record.read(deployment_record.path_of_record())
    if record is None:
        sys.exit("Deploy the book first.")
    token = os.environ.get("TALLYSTICK_LENDER_TOKEN") or record.get("token", {}).get("address")
    if token is None:
        sys.exit("Set TALLYSTICK_LENDER_TOKEN.")
    contracts = project.get_loaded_projects()[0]
    book = record["book"]["address"]
    made = create(contracts, "RepairFund", deployer(), book, token, rules())
    print(f"The repair fund stands at {made.contract_address}, block {made.block_number}.")
    print(f"Set TALLYSTICK_REPAIR_FUND={made.contract_address}")
