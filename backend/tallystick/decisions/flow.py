"""From an application to a decision that stands: gathered, decided, signed, sealed, kept.

The order matters. Consent is checked, and is in the trail, before anything is looked at. What was
decided on is sealed before the decision exists, and decision and offer appear in one transaction:
whatever is killed in between leaves a sealed record that nothing refers to, never half a decision.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import digest
from tallystick.db import Database, write
from tallystick.decisions import application as applications
from tallystick.decisions import reviews, store
from tallystick.decisions.application import STATEMENT, Applicant, Application
from tallystick.decisions.bank import RECORD as BANK_RECORD
from tallystick.decisions.bank import BankStatements
from tallystick.decisions.case import Case, Hit, Ledger, Standing
from tallystick.decisions.decide import Decided, decide
from tallystick.decisions.errors import DecisionConflict
from tallystick.decisions.evidence import Evidence, Gatherer
from tallystick.decisions.exposure import Portfolio
from tallystick.decisions.kyc import attested_level, known_level
from tallystick.decisions.lender import Lender
from tallystick.decisions.releases import Arm, Bench, Release, active, load_bench, load_release
from tallystick.decisions.sealed import RECORD, Sealed
from tallystick.decisions.standing import standing_of
from tallystick.decisions.store import Decision
from tallystick.identity.access.access import Access
from tallystick.identity.vault.vault import new_id
from tallystick.loans.calendar import date_of, day_at
from tallystick.offers.store import Offer, StoredSignature, insert_offer, new_offer_id
from tallystick.wallets.reader import WalletReader

if TYPE_CHECKING:  # numpy comes along, slow to load
    from tallystick.screening import Screening

SCORING = "scoring"
"""The purpose to which an applicant has to consent."""
CHECK, CHECKED = "identity_check", ("person", "contact")
"""What rules of identity and fraud read, and for which purpose."""
Screen = Callable[[Application, Applicant, Evidence, str, int], list[Hit]]
"""Fraud and identity rules: hits of an application of this id at this Unix second."""


@dataclass(frozen=True, slots=True)
class Place:
    """The book in which offers are made."""

    chain_id: int
    book: str
    gate: str | None


class Lending:
    """Decides applications. Safe to share between threads."""

    def __init__(
        self,
        access: Access,
        lender: Lender,
        place: Place,
        rpc: Rpc,
        screens: Iterable[Screen] = (),
        screening: Screening | None = None,
    ) -> None:
        self.screening = screening
        """Where what the screens found waits for a person."""
        self.rights = access.rights
        self.vault = access.vault
        self._levels = access.levels
        self.lender = lender
        self.place = place
        self._rpc = rpc
        self._screens = tuple(screens)
        self._portfolio = Portfolio(place.chain_id)
        self.statements = BankStatements(access.vault, access.rights)
        known = WalletReader(rpc, lender.token, (place.book, lender.address))
        self._gatherer = Gatherer(self.statements, known, access.rights)

    def apply(
        self,
        db: Database,
        applicant: Applicant,
        asked: Application,
        ledger: Ledger,
        clocks: Mapping[int, int],
    ) -> tuple[Decision, dict[str, Any]]:
        """Decides, and answers the decision with its outcome.

        `clocks` tells the present of every chain by id, in Unix seconds. Raises
        `ApplicationInvalid`, `NothingReleased`, `ReadRefused` without consent, `DataInvalid`,
        `IndexBehind`, `RpcUnavailable`, `RpcRefused`, and `DecisionConflict` when the subject
        applied twice at one moment.
        """
        now = clocks[self.place.chain_id]
        release = load_release(db, active(db))
        decision_id = new_id(RECORD)
        arm = release.arm_of(decision_id)
        bench = load_bench(db, release, arm)
        checked = applications.check(asked, bench.catalogue, date_of(day_at(now)))
        reads = [(RECORD, SCORING), *((record, CHECK) for record in CHECKED)]
        if asked.statements:
            reads.append((BANK_RECORD, SCORING))
        self.rights.admit_each("decisions", applicant.subject, reads)
        before = store.count_of(db, applicant.subject)
        found = self._gatherer.gather(db, applicant, asked, bench.catalogue, ledger, clocks)
        product = bench.catalogue.products[asked.product]
        standing = standing_of(found.books, bench.policy)
        handed_in = {STATEMENT: found.reports[0].quality.document} if found.reports else {}
        case = Case(
            application_id=decision_id,
            at=now,
            borrower=applicant.wallet,
            consent=self._consent(applicant.subject),
            product=asked.product,
            purpose=asked.purpose,
            jurisdiction=asked.jurisdiction,
            amount=checked.amount,
            term=asked.term,
            kyc_level=self._kyc(applicant, asked, product.kyc_number()),
            documents=asked.documents | handed_in,
            declared=checked.declared,
            budget=asked.budget,
            books=found.books,
            exposure=self._portfolio.exposure(
                db, ledger, applicant.subject, product.segment, found.owed, now
            ),
            standing=Standing(grade_shift=standing.grade_shift, limit_pct=standing.limit_pct),
            hits=tuple(
                hit
                for screen in self._screens
                for hit in screen(asked, applicant, found, decision_id, now)
            ),
            quality=(*checked.quality, *found.issues),
            ledger=ledger,
            bank=found.bank,
            chain=found.chain,
            wallet=found.wallet,
            signals=found.signals,
            left_out=found.left_out,
            statements=tuple(each.to_json() for each in found.reports),
            seen_at=found.seen_at,
        )
        return self._keep(db, applicant.subject, asked, case, (release, arm, bench), before)

    def _keep(
        self,
        db: Database,
        subject: str,
        asked: Application,
        case: Case,
        by: tuple[Release, Arm, Bench],
        before: int,
    ) -> tuple[Decision, dict[str, Any]]:
        release, arm, bench = by
        salt = secrets.token_bytes(32)
        decided = decide(case, bench, salt)
        offer = None
        if decided.outcome.verdict == "approve":
            offer = self.offer(case, decided, salt)
        outcome = decided.outcome.to_json()
        sealed = Sealed.of(case, outcome)
        sealed.put(self.vault, subject, case.application_id)
        decision = Decision(
            decision_id=case.application_id,
            subject=subject,
            external_id=asked.external_id,
            decided_at=case.at,
            release=release.release_id,
            arm=arm,
            product=case.product,
            segment=bench.catalogue.products[case.product].segment,
            outcome=decided.outcome.verdict,
            grade=decided.outcome.grade,
            reasons=tuple(each.code for each in decided.outcome.reasons),
            inputs=sealed.inputs,
            output=sealed.output,
            offer_id=None if offer is None else offer.offer_id,
            amount=decided.outcome.proposal.amount if offer and decided.outcome.proposal else None,
            valid_until=None if offer is None else offer.agreement.conditions.deadline,
        )
        with write(db) as conn:
            if store.count_of(conn, subject) != before:
                raise DecisionConflict("another application of yours was decided meanwhile")
            if offer is not None:
                insert_offer(conn, offer)
            store.insert(conn, decision)
            if decision.outcome == "refer":
                reviews.open_review(conn, decision.decision_id, "referral", case.at)
        return decision, outcome

    def offer(self, case: Case, decided: Decided, salt: bytes) -> Offer:
        """The agreement under the lender's signature, ready for the borrower's."""
        agreement = decided.agreement
        if agreement is None:
            raise DecisionConflict("there is no proposal to offer")
        loan_id = digest(agreement, self.place.chain_id, self.place.book)
        signature = StoredSignature(self.lender.sign(self._rpc, loan_id), case.at)
        return Offer(
            offer_id=new_offer_id(),
            external_id=case.application_id,
            chain_id=self.place.chain_id,
            book=self.place.book,
            loan_id=loan_id,
            agreement=agreement,
            salt=salt,
            created_at=case.at,
            signatures={"lender": signature},
        )

    def approve(
        self,
        db: Database,
        review: reviews.Review,
        file: reviews.File,
        agreed: str,
        reason: str,
        now: int,
    ) -> Decision:
        """Carries out what a reviewer proposed and a second person agreed to: the signed offer.

        `agreed` is the digest of the terms that the second one agreed to. Raises
        `DecisionConflict` when these are others or no offer, or the review is closed.
        """
        if review.proposed_at is None or review.reviewer is None:
            raise DecisionConflict("nobody has proposed to approve it")
        decided = reviews.outcome_of(db, review, file, frozenset(review.waived), review.proposed_at)
        if decided.outcome.verdict != "approve" or decided.outcome.proposal is None:
            raise DecisionConflict("reasons stand against it that are not waived")
        if reviews.terms_digest(decided) != agreed:
            raise DecisionConflict("the terms are not those that were agreed to")
        decision = store.get(db, review.decision_id)
        case = file.case.model_copy(update={"at": review.proposed_at})
        offer = self.offer(case, decided, file.salt)
        reviews.seal_outcome(self.vault, decision, review, decided, review.proposed_at)
        with write(db) as conn:
            reviews.close(conn, review, review.reviewer, "approve", reason, now)
            insert_offer(conn, offer)
            store.put_offer(
                conn,
                decision.decision_id,
                offer.offer_id,
                decided.outcome.proposal.amount,
                offer.agreement.conditions.deadline,
            )
        return store.get(db, decision.decision_id)

    def _consent(self, subject: str) -> str:
        given = [
            consent.consent_id
            for consent in self.rights.consents.of_subject(subject)
            if consent.purpose == SCORING and consent.withdrawn_at is None
        ]
        return given[-1] if given else ""

    def _kyc(self, applicant: Applicant, asked: Application, needed: int) -> int:
        """The level as far as it matters: the chain is asked only where our own does not do."""
        known = known_level(self._levels, self.vault, applicant.subject)
        if known >= needed:
            return known
        attested = attested_level(self._rpc, self.place.gate, applicant.wallet, asked.attestations)
        return max(known, attested)
