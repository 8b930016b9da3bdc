import json

import pytest
from brownie import web3
from scripts import deploy, export_abi


@pytest.fixture
def record(monkeypatch, tmp_path):
    """Path of the record that the script reads and writes in this test."""
    for name in ("ACCOUNT", "KEY"):
        monkeypatch.delenv(f"TALLYSTICK_DEPLOYER_{name}", raising=False)
    for name in ("REDEPLOY", "DEPLOYMENTS"):
        monkeypatch.delenv(f"TALLYSTICK_{name}", raising=False)
    monkeypatch.setenv("TALLYSTICK_DEPLOYMENT", str(tmp_path / "record.json"))
    monkeypatch.setattr(export_abi, "ABI_FOLDER", tmp_path / "abi")
    return tmp_path / "record.json"


def change(record, part, **values):
    content = json.loads(record.read_text())
    content[part].update(values)
    record.write_text(json.dumps(content))


def test_record_describes_what_stands_on_the_chain(record, LoanBook, LoanAgreements, TestDollar):
    deploy.main()

    content = json.loads(record.read_text())
    assert content["chain_id"] == web3.eth.chain_id
    assert bytes.fromhex(content["genesis_hash"][2:]) == bytes(web3.eth.get_block(0)["hash"])
    assert content["compiler"]["version"].startswith("0.8.30+commit.")
    assert content["compiler"]["via_ir"] is True
    for part in ("book", "token"):
        receipt = web3.eth.get_transaction_receipt(content[part]["transaction"])
        assert receipt["contractAddress"] == content[part]["address"]
        assert receipt["blockNumber"] == content[part]["block"]
        code = web3.eth.get_code(content[part]["address"])
        assert content[part]["code_hash"] == "0x" + bytes(web3.keccak(code)).hex()
    book = content["book"]["address"]
    agreements, servicing = content["parts"]
    assert LoanBook.at(book).nextPart() == agreements["address"]
    assert LoanAgreements.at(agreements["address"]).nextPart() == servicing["address"]
    for part in content["parts"]:
        code = web3.eth.get_code(part["address"])
        assert part["code_hash"] == "0x" + bytes(web3.keccak(code)).hex()
    _, name, version, chain_id, contract, _, _ = LoanBook.at(book).eip712Domain()
    assert (name, version, int(chain_id), str(contract)) == ("Tallystick", "1", 31337, book)
    assert TestDollar.at(content["token"]["address"]).decimals() == 6


def test_interface_of_all_parts_is_exported(record, LoanBook, LoanAgreements, LoanServicing):
    deploy.main()
    exported = json.loads((export_abi.ABI_FOLDER / "LoanBook.json").read_text())
    names = [entry["name"] for entry in exported]
    for part in (LoanBook, LoanAgreements, LoanServicing):
        assert {e["name"] for e in part.abi if e["type"] == "function"} <= set(names)
    assert len(names) == len(set(names))


def test_second_run_changes_nothing(record, capsys):
    deploy.main()
    before, block = record.read_text(), web3.eth.block_number
    deploy.main()
    assert "Already deployed at" in capsys.readouterr().out
    assert record.read_text() == before
    assert web3.eth.block_number == block


def test_refuses_when_other_code_stands_there(record):
    deploy.main()
    change(record, "book", code_hash="0x" + "00" * 32)
    block = web3.eth.block_number
    with pytest.raises(SystemExit, match="has code 0x"):
        deploy.main()
    assert web3.eth.block_number == block


def test_refuses_when_nothing_stands_there(record, accounts):
    deploy.main()
    change(record, "book", address=accounts[9].address)
    with pytest.raises(SystemExit, match="has no code"):
        deploy.main()


def test_refuses_the_record_of_another_chain(record):
    deploy.main()
    record.write_text(json.dumps(json.loads(record.read_text()) | {"chain_id": 1}))
    with pytest.raises(SystemExit, match="record is of chain 1"):
        deploy.main()


def test_deploys_again_when_told_to(record, monkeypatch):
    deploy.main()
    first = json.loads(record.read_text())
    monkeypatch.setenv("TALLYSTICK_REDEPLOY", "1")
    deploy.main()
    second = json.loads(record.read_text())
    assert second["book"]["address"] != first["book"]["address"]
    assert second["book"]["block"] > first["book"]["block"]
    former = record.parent / "deployments" / f"{web3.eth.chain_id}-{first['book']['address']}.json"
    assert json.loads(former.read_text()) == first  # its loans live on, and are indexed on


def test_key_from_the_environment_pays(record, monkeypatch, accounts):
    payer = accounts.add()
    accounts[0].transfer(payer, "10 ether")
    monkeypatch.setenv("TALLYSTICK_DEPLOYER_KEY", payer.private_key)
    deploy.main()
    transaction = json.loads(record.read_text())["book"]["transaction"]
    assert web3.eth.get_transaction(transaction)["from"] == payer.address


def test_account_and_key_exclude_each_other(record, monkeypatch):
    monkeypatch.setenv("TALLYSTICK_DEPLOYER_ACCOUNT", "treasury")
    monkeypatch.setenv("TALLYSTICK_DEPLOYER_KEY", "0x" + "11" * 32)
    with pytest.raises(SystemExit, match="not both"):
        deploy.main()
    assert not record.exists()


def test_real_network_needs_a_payer_and_gets_no_stablecoin(record, monkeypatch, accounts):
    monkeypatch.setattr(deploy, "is_development_chain", lambda: False)
    with pytest.raises(SystemExit, match="Name who pays"):
        deploy.main()
    assert not record.exists()

    payer = accounts.add()
    accounts[0].transfer(payer, "10 ether")
    monkeypatch.setenv("TALLYSTICK_DEPLOYER_KEY", payer.private_key)
    monkeypatch.setenv("TALLYSTICK_CONFIRMATIONS", "1")
    deploy.main()
    assert "token" not in json.loads(record.read_text())
