import pytest
from brownie import project
from scripts import export_abi


@pytest.mark.parametrize("name", export_abi.CONTRACTS)
def test_exported_interface_is_the_contracts(name):
    exported = (export_abi.ABI_FOLDER / f"{name}.json").read_text()
    assert exported == export_abi.render(
        export_abi.merged(project.get_loaded_projects()[0], name)
    ), "run `make abi` and commit the result"
