"""Four eyes: who may ask, who may check, and that what was approved is done once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tallystick.db import write
from tallystick.identity.access.access import identity_file
from tallystick.identity.authority.approvals import VALID_SECONDS, Approval, Approvals
from tallystick.identity.authority.errors import (
    ApprovalClosed,
    ApprovalUnknown,
    AuthorityError,
    MatterInvalid,
    RoleMissing,
    SameEyes,
)
from tallystick.identity.authority.grants import Grants, grant
from tallystick.identity.authority.matters import RULES, Matter
from tallystick.identity.authority.roles import EVERYBODY, Role
from tallystick.identity.vault import Vault
from tallystick.identity.vault.keys import LocalKeys
from tallystick.trail.store import entries
from tallystick.trail.verify import verify

LOAN = "0x" + "9c" * 32
WHY = {"reason": "insolvency"}


@dataclass
class Office:
    """People with roles, and a clock that is set by hand."""

    folder: Path
    seconds: float = 1_800_000_000
    people: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = LocalKeys({"k": b"\x01" * 32})
        self.vault = Vault(self.folder / "vault.db", keys, b"\x02" * 32, lambda: self.seconds)
        self.file = identity_file(self.folder / "identity.db")
        first = "0x" + "aa" * 20
        self.people["ann"] = self.vault.new_subject({"wallet": first})
        self.approvals = Approvals(self.file, self.vault, Grants(self.file, self.vault, [first]))

    def join(self, name: str, *roles: Role) -> str:
        self.people[name] = self.vault.new_subject()
        with self.file.open() as db, write(db) as conn:
            for role in roles:
                grant(conn, self.people[name], role, self.vault.now())
        return self.people[name]

    def roles(self, name: str) -> frozenset[Role]:
        return self.approvals.grants.roles_of(self.people[name])

    def acts(self) -> list[tuple[str, str, str]]:
        names = {subject: name for name, subject in self.people.items()}
        with self.file.open() as db:
            assert verify(db, []).findings == ()
            facts = [entry.fact for entry, _ in entries(db)]
        return [(names.get(f.actor, f.actor), f.act, f.purpose) for f in facts]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(tmp_path)
    opened.join("cora", Role.COLLECTOR)
    opened.join("rob", Role.RISK_OFFICER)
    opened.join("rita", Role.RISK_OFFICER)
    yield opened
    opened.file.close()
    opened.vault.close()


def ask(office: Office, who: str = "cora") -> Approval:
    return office.approvals.request(office.people[who], Matter.WRITE_OFF, LOAN, WHY)


def test_one_asks_another_checks_and_it_is_done_once(office: Office) -> None:
    cora, rob = office.people["cora"], office.people["rob"]
    asked = ask(office)
    assert ask(office) == asked
    with pytest.raises(ApprovalClosed, match="pending"):
        office.approvals.use(cora, asked.approval_id, Matter.WRITE_OFF, LOAN)
    office.approvals.approve(rob, asked.approval_id)
    for matter, what in ((Matter.WAIVER, LOAN), (Matter.WRITE_OFF, "0x" + "9d" * 32)):
        with pytest.raises(ApprovalUnknown):
            office.approvals.use(cora, asked.approval_id, matter, what)
    done = office.approvals.use(cora, asked.approval_id, Matter.WRITE_OFF, LOAN)
    assert (done.state, done.checker, done.content) == ("done", rob, WHY)
    with pytest.raises(ApprovalClosed, match="done"):
        office.approvals.use(cora, asked.approval_id, Matter.WRITE_OFF, LOAN)
    assert office.acts() == [
        ("cora", "request_approval", "write_off"),
        ("rob", "approve", "write_off"),
        ("cora", "use_approval", "write_off"),
    ]


def test_nobody_checks_his_own_or_without_the_role(office: Office) -> None:
    approvals, people = office.approvals, office.people
    own = ask(office, "rob")
    for decide in (approvals.approve, approvals.refuse):
        with pytest.raises(SameEyes):
            decide(people["rob"], own.approval_id)
        for who in ("cora", "ann"):
            with pytest.raises(RoleMissing):
                decide(people[who], own.approval_id)
    with pytest.raises(RoleMissing):
        ask(office, "ann")
    with pytest.raises(ApprovalUnknown):
        approvals.withdraw(people["rita"], own.approval_id)
    assert approvals.get(own.approval_id).state == "pending"
    assert approvals.refuse(people["rita"], own.approval_id).state == "refused"
    with pytest.raises(ApprovalClosed):
        approvals.approve(people["rita"], own.approval_id)
    with office.file.open() as db, pytest.raises(Exception, match="CHECK constraint"):
        db.execute("UPDATE approvals SET checker = maker")


def test_a_request_of_somebody_who_lost_his_role_is_not_approved(office: Office) -> None:
    asked = ask(office)
    with office.file.open() as db, write(db) as conn:
        conn.execute("DELETE FROM roles WHERE subject = ?", (office.people["cora"],))
    with pytest.raises(RoleMissing):
        office.approvals.approve(office.people["rob"], asked.approval_id)


@pytest.mark.parametrize("approved", [False, True])
def test_what_waits_too_long_ends(office: Office, *, approved: bool) -> None:
    asked = ask(office)
    office.seconds += VALID_SECONDS - 1
    if approved:
        office.approvals.approve(office.people["rob"], asked.approval_id)
        office.seconds += VALID_SECONDS - 1
    office.seconds += 1
    late = (
        partial(office.approvals.use, matter=Matter.WRITE_OFF, object_=LOAN)
        if approved
        else office.approvals.approve
    )
    with pytest.raises(ApprovalClosed, match="expired"):
        late(office.people["rob"], asked.approval_id)
    assert office.approvals.get(asked.approval_id).state == "expired"
    assert office.acts()[-1] == ("service", "expire_request", "write_off")
    assert ask(office).approval_id != asked.approval_id


def test_roles_are_given_and_taken_by_two_administrators(office: Office) -> None:
    approvals, people = office.approvals, office.people
    office.join("bob", Role.ADMINISTRATOR)
    assert office.roles("ann") == EVERYBODY | {Role.ADMINISTRATOR}
    cora = people["cora"]
    with pytest.raises(RoleMissing):
        approvals.request(cora, Matter.GRANT_ROLE, cora, {"role": "administrator"})
    asked = approvals.request(people["ann"], Matter.GRANT_ROLE, cora, {"role": "auditor"})
    assert Role.AUDITOR not in office.roles("cora")
    assert approvals.approve(people["bob"], asked.approval_id).state == "done"
    assert Role.AUDITOR in office.roles("cora")
    asked = approvals.request(people["ann"], Matter.REVOKE_ROLE, cora, {"role": "auditor"})
    approvals.approve(people["bob"], asked.approval_id)
    assert Role.AUDITOR not in office.roles("cora")
    for_bob = {"role": "risk_officer"}
    asked = approvals.request(people["ann"], Matter.GRANT_ROLE, people["bob"], for_bob)
    with pytest.raises(SameEyes):  # nobody decides about himself
        approvals.approve(people["bob"], asked.approval_id)


@pytest.mark.parametrize(
    ("matter", "object_", "content"),
    [
        (Matter.GRANT_ROLE, "subject_" + "a" * 26, {"role": "auditor"}),  # nobody
        (Matter.GRANT_ROLE, "subject_" + "a" * 26, {"role": "borrower"}),
        (Matter.GRANT_ROLE, LOAN, {"role": "auditor"}),
        (Matter.ROTATE_KEYS, "safe", {}),
        (Matter.ROTATE_KEYS, "vault", {"why": "x"}),
    ],
)
def test_requests_of_another_form(
    office: Office, matter: Matter, object_: str, content: dict[str, str]
) -> None:
    with pytest.raises(MatterInvalid):
        office.approvals.request(office.people["ann"], matter, object_, content)


def test_free_text_is_refused(office: Office) -> None:
    for reason in ("Ada Lovelace died", "", "a" * 121, "x\n"):
        with pytest.raises(MatterInvalid):
            office.approvals.request(
                office.people["cora"], Matter.WRITE_OFF, LOAN, {"reason": reason}
            )


def test_of_many_at_once_one_decides_and_one_uses(office: Office) -> None:
    asked = ask(office)
    rob, rita, cora = (office.people[name] for name in ("rob", "rita", "cora"))

    def attempt(act: object, *arguments: object) -> str:
        try:
            return act(*arguments).state  # type: ignore[operator, no-any-return]
        except AuthorityError as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        decided = list(
            pool.map(
                lambda n: attempt(office.approvals.approve, n, asked.approval_id), [rob, rita] * 4
            )
        )
        used = list(
            pool.map(
                lambda n: attempt(
                    office.approvals.use, n, asked.approval_id, Matter.WRITE_OFF, LOAN
                ),
                [cora, rob] * 4,
            )
        )
    assert (decided.count("approved"), decided.count("ApprovalClosed")) == (1, 7)
    assert (used.count("done"), used.count("ApprovalClosed")) == (1, 7)
    assert len(office.acts()) == 3


def test_every_matter_has_a_rule_that_two_people_can_meet() -> None:
    assert RULES.keys() == set(Matter)
    for rule in RULES.values():
        assert rule.makers
        assert rule.checkers
        assert Role.AUDITOR not in rule.makers | rule.checkers
