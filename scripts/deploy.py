"""Deploy the loan book to the active network and record where it stands.

`make deploy NETWORK=<id>`, or `tools/brownie run scripts/deploy.py --network <id>`. A development
chain also gets a test stablecoin. From the environment:

TALLYSTICK_DEPLOYER_ACCOUNT   account of `brownie accounts` that pays; asks for its password
TALLYSTICK_DEPLOYER_KEY       or its private key; a development chain needs neither
TALLYSTICK_CONFIRMATIONS      blocks to wait for; 1 on a development chain, else 3
TALLYSTICK_DEPLOYMENT         path of the record
TALLYSTICK_REDEPLOY=1         deploy although a record exists, and replace the record; the
                              former goes to the registry, so that its loans are indexed on
TALLYSTICK_DEPLOYMENTS        the registry, a folder of records; `deployments` beside the record
"""

import os
import sys
from typing import Any

from brownie import accounts, project, web3
from brownie._config import CONFIG
from brownie.network.transaction import TransactionReceipt
from scripts import deployment_record, export_abi
from scripts.deployment_record import code_hash, is_development_chain

PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3"
PARTS = ("LoanServicing", "LoanAgreements", "LoanBook")


def check_chain() -> None:
    """Exits unless the node serves the chain that the network's entry promises."""
    expected = CONFIG.active_network.get("chainid")
    found = web3.eth.chain_id
    if expected is not None and int(expected) != found:
        sys.exit(
            f"Network {CONFIG.active_network['id']} is chain {expected}, but the node serves chain "
            f"{found}. Correct the network's host or chainid."
        )


def deployer() -> Any:
    """The paying account. Exits with a sentence if none is named on a real network."""
    account = os.environ.get("TALLYSTICK_DEPLOYER_ACCOUNT")
    key = os.environ.get("TALLYSTICK_DEPLOYER_KEY")
    if account and key:
        sys.exit("Set TALLYSTICK_DEPLOYER_ACCOUNT or TALLYSTICK_DEPLOYER_KEY, not both.")
    if account:
        return accounts.load(account)
    if key:
        return accounts.add(key)
    if is_development_chain():
        return accounts.at(web3.eth.accounts[0], force=True)
    sys.exit(
        "Name who pays: TALLYSTICK_DEPLOYER_ACCOUNT=<id> from `tools/brownie accounts list`, "
        "or TALLYSTICK_DEPLOYER_KEY=<private key>."
    )


def confirmations() -> int:
    return int(os.environ.get("TALLYSTICK_CONFIRMATIONS", "1" if is_development_chain() else "3"))


def permit2() -> str:
    """Address of Uniswap's Permit2, which stands at the same address of many chains; else zero."""
    return PERMIT2 if web3.eth.get_code(PERMIT2) else "0x" + "00" * 20


def create_book(
    contracts: Any, account: Any
) -> tuple[TransactionReceipt, list[TransactionReceipt]]:
    """The book and its other parts, in the order in which calls pass through them."""
    parts: list[TransactionReceipt] = []
    for name in PARTS:  # each hands on what it does not know to the one before
        known = [parts[0].contract_address] if parts else []
        parts.insert(0, create(contracts, name, account, permit2(), *known))
    return parts[0], parts[1:]


def create(contracts: Any, name: str, account: Any, *arguments: Any) -> TransactionReceipt:
    """Create a contract and wait until it is confirmed.

    A plain transaction, since `LoanBook.deploy` also writes Brownie's own list of deployments,
    which fails in Brownie 1.22.2 on every network with a chain id.
    """
    print(f"Deploying {name} from {account.address} ...")
    data = contracts[name].deploy.encode_input(*arguments)
    quiet = is_development_chain()
    return account.transfer(data=data, required_confs=confirmations(), silent=quiet)


def already_deployed(record: dict[str, Any]) -> bool:
    """Whether the recorded book stands on the chain. Exits if something else does, or nothing."""
    if os.environ.get("TALLYSTICK_REDEPLOY") == "1":
        return False
    chain_id = web3.eth.chain_id
    if record["chain_id"] != chain_id:
        sys.exit(
            f"The record is of chain {record['chain_id']}, the network is chain {chain_id}. "
            "Name another record with TALLYSTICK_DEPLOYMENT."
        )
    book = record["book"]
    found = code_hash(book["address"])
    if found == book["code_hash"]:
        return True
    state = "has no code" if found is None else f"has code {found} instead of {book['code_hash']}"
    sys.exit(
        f"The record says that the book stands at {book['address']} on chain {chain_id}, but that "
        f"address {state}. Set TALLYSTICK_REDEPLOY=1 to deploy again and replace the record."
    )


def main() -> None:
    check_chain()
    contracts = project.get_loaded_projects()[0]
    path = deployment_record.path_of_record()
    record = deployment_record.read(path)
    if record and already_deployed(record):
        known = record["book"]
        print(f"Already deployed at {known['address']} in block {known['block']} ({path}).")
        return

    account = deployer()
    former = record
    book, parts = create_book(contracts, account)
    token = create(contracts, "TestDollar", account) if is_development_chain() else None
    record = deployment_record.new_record(contracts["LoanBook"]._build, book, parts, token)
    if former and former["genesis_hash"] == record["genesis_hash"]:
        deployment_record.keep_former(path, former)
    deployment_record.write(path, record)
    export_abi.export(contracts)
    for part in ("book", "token"):
        if part in record:
            print(f"The {part} stands at {record[part]['address']}, block {record[part]['block']}.")
    print(f"Recorded in {path}.")
