"""Lending rules: kept, looked at, and put into force by two people."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path

from tallystick.api.lending import TAG, lending_of, lending_problem
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import FieldError, Problem
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import releases as schemas
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import checksum, rfc3339, rfc3339_or_none
from tallystick.db import Database
from tallystick.decisions import releases
from tallystick.decisions.document import canonical
from tallystick.decisions.errors import DocumentInvalid, NothingReleased, ReleaseRefused
from tallystick.identity.access.access import Access
from tallystick.scoring.errors import ModelInvalid

router = APIRouter(
    prefix="/v1/releases",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(lending_of)],
)

Hash = Annotated[
    str, Path(pattern=r"^[0-9a-f]{64}$", description="SHA-256, hexadecimal", examples=["9c" * 32])
]
_ERRORS = ("lending_unavailable", "release_not_found")
_SIGNING = (*_ERRORS, "release_refused", "wallet_not_found", "chain_unavailable", "index_not_ready")
_SHOWN = 50


@router.get(
    "",
    operation_id="list_releases",
    summary="What is in force, and who put it there",
    responses=session_responses("lending_unavailable"),
)
def list_releases(state: State) -> schemas.Releases:
    with state.writing() as db:
        try:
            in_force = releases.active(db)
        except NothingReleased:
            in_force = None
        return schemas.Releases(
            in_force=in_force,
            next_activation=releases.next_number(db),
            signers=list(state.settings.policy_signers or ()),
            data=[_activation(each) for each in releases.activations(db, _SHOWN)],
            kept=[
                schemas.KeptOne(release=release, kept_at=rfc3339(at))
                for release, at in releases.kept(db, _SHOWN)
            ],
        )


@router.post(
    "",
    status_code=201,
    operation_id="keep_release",
    summary="Keep a release of lending rules",
    responses=session_responses(*_ERRORS, "release_invalid", "release_refused", "index_not_ready"),
)
def keep_release(
    state: State, access: Gate, caller: Who, given: schemas.ReleaseInput
) -> schemas.KeptRelease:
    """Checked as a whole, with the policies' own cases. Nothing is in force before two people have
    signed. The same rules again are the same release."""
    with state.snapshot() as snapshot, state.writing() as db, _release_problem():
        catalogue = canonical(given.catalogue)
        arms = [
            (canonical(arm.policy), releases.document(db, arm.card, "card"))
            for arm in (given.champion, given.challenger)
            if arm is not None
        ]
        cases = sum(releases.check_documents(catalogue, *arm) for arm in arms)
        made = releases.put_release(db, catalogue, arms, given.share_bp, snapshot.now)
        access.note(caller.session, "keep_release", made.release_id)
        number = releases.next_number(db)
    return schemas.KeptRelease(
        release=made.release_id,
        cases=cases,
        activation=number,
        maker_signs=releases.message(number, made.release_id, "propose"),
        checker_signs=releases.message(number, made.release_id, "approve"),
    )


@router.get(
    "/{release}",
    operation_id="get_release",
    summary="The documents of a release",
    responses=session_responses(*_ERRORS),
)
def get_release(state: State, release: Hash) -> schemas.ReleaseDocuments:
    with state.writing() as db, _known(db, release) as found:
        return schemas.ReleaseDocuments(
            release=release,
            catalogue=json.loads(releases.document(db, found.catalogue, "catalogue")),
            catalogue_hash=found.catalogue,
            champion=_arm(db, found.champion),
            challenger=None if found.challenger is None else _arm(db, found.challenger),
            share_bp=found.challenger_share,
            maker_signs=releases.message(releases.next_number(db), release, "propose"),
        )


@router.get(
    "/{release}/cards/{arm}",
    operation_id="get_release_card",
    summary="The scorecard of an arm: what it reads, and what was measured of it",
    responses=session_responses(*_ERRORS),
)
def get_release_card(
    state: State,
    release: Hash,
    arm: Annotated[
        Literal["champion", "challenger"], Path(description="Which", examples=["champion"])
    ],
) -> schemas.ReleaseCard:
    """Metrics and fairness are those of the signed folder from which the card was kept."""
    with state.writing() as db, _known(db, release) as found:
        if arm == "challenger" and found.challenger is None:
            raise Problem("release_not_found", "This release has no challenger.")
        hash_ = found.rules_of(arm).card
        card = json.loads(releases.document(db, hash_, "card"))
        measured = releases.metrics_of(db, hash_)
    told = card["provenance"]
    return schemas.ReleaseCard(
        card=hash_,
        target=card["schema"]["target"],
        rows=told.get("rows"),
        data=told.get("data"),
        method=told.get("method"),
        features=_features(card),
        pairs=len(card["pairs"]),
        metrics=None if measured is None else json.loads(measured),
    )


def _features(card: dict[str, Any]) -> list[schemas.CardFeature]:
    """What the card reads, by the points that it moves alone, the most first."""
    factor = card["points"]["pdo"] / math.log(2)
    spans = {
        main["feature"]: factor * (max(main["values"]) - min(main["values"]))
        for main in card["mains"]
    }
    labels = {column["name"]: column.get("label") for column in card["schema"]["columns"]}
    found = []
    for place, span in sorted(spans.items(), key=lambda item: (-item[1], item[0])):
        name = card["features"][place]["of"]
        label = labels.get(name)
        found.append(
            schemas.CardFeature(
                name=name,
                label=ReasonText(en=label["en"], zh_hans=label["zh"]) if label else None,
                points=f"{span:.1f}",
            )
        )
    return found


@router.post(
    "/{release}/proposal",
    status_code=201,
    operation_id="propose_release",
    summary="Begin to put a release into force",
    responses=session_responses(*_SIGNING),
)
def propose_release(
    state: State, access: Gate, caller: Who, release: Hash, given: schemas.ReleaseSignature
) -> schemas.Activation:
    """By the maker's signature over `maker_signs`; a contract account is asked by ERC-1271."""
    account = _own(access, caller, given.account)
    with (
        state.snapshot() as snapshot,
        state.writing() as db,
        _known(db, release),
        lending_problem(),
        _release_problem(),
    ):
        access.note(caller.session, "propose_release", release)
        signers = state.settings.policy_signers or ()
        signature = bytes.fromhex(given.signature[2:])
        made = releases.propose(db, state.rpc, release, signers, account, signature, snapshot.now)
    return _activation(made)


@router.post(
    "/{release}/approval",
    operation_id="approve_release",
    summary="Put a release into force",
    responses=session_responses(*_SIGNING, "same_eyes"),
)
def approve_release(
    state: State, access: Gate, caller: Who, release: Hash, given: schemas.ReleaseApproval
) -> schemas.Activation:
    """By the signature of somebody else than the maker over `checker_signs`."""
    account = _own(access, caller, given.account)
    with (
        state.snapshot() as snapshot,
        state.writing() as db,
        _known(db, release),
        lending_problem(),
        _release_problem(),
    ):
        begun = releases.activation(db, given.activation)
        if begun.release != release:
            raise ReleaseRefused(f"activation {begun.number} is of another release")
        if access.wallets.has(caller.subject, begun.maker):
            raise Problem("same_eyes", "Somebody else than the maker approves.")
        access.note(caller.session, "approve_release", release)
        signers = state.settings.policy_signers or ()
        signature = bytes.fromhex(given.signature[2:])
        done = releases.approve(
            db, state.rpc, given.activation, signers, account, signature, snapshot.now
        )
    return _activation(done)


def _own(access: Access, caller: Who, account: str) -> str:
    """One signs with an account of one's own. Raises `Problem`."""
    address = checksum(account, pointer="#/account")
    if not access.wallets.has(caller.subject, address):
        fault = FieldError("is not bound to you", pointer="#/account")
        raise Problem("wallet_not_found", "Bind this wallet first.", errors=[fault])
    return address


@contextmanager
def _known(db: Database, release: str) -> Iterator[releases.Release]:
    try:
        found = releases.load_release(db, release)
    except ReleaseRefused:
        raise Problem("release_not_found", "There is no such release.") from None
    yield found


@contextmanager
def _release_problem() -> Iterator[None]:
    try:
        yield
    except (DocumentInvalid, ModelInvalid) as error:
        raise Problem("release_invalid", f"{error}.") from error
    except ReleaseRefused as error:
        raise Problem("release_refused", f"{error}".capitalize() + ".") from error


def _arm(db: Database, rules: releases.Rules) -> schemas.ReleaseArm:
    policy = json.loads(releases.document(db, rules.policy, "policy"))
    return schemas.ReleaseArm(policy=policy, policy_hash=rules.policy, card=rules.card)


def _activation(found: releases.Activation) -> schemas.Activation:
    return schemas.Activation(
        activation=found.number,
        release=found.release,
        maker=found.maker,
        made_at=rfc3339(found.made_at),
        checker=found.checker,
        checked_at=rfc3339_or_none(found.checked_at),
        checker_signs=None
        if found.checker is not None
        else releases.message(found.number, found.release, "approve"),
    )
