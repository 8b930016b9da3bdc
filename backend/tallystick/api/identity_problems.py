"""What the identity package raises, as problem documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.api.problems import FieldError, Problem
from tallystick.api.schemas.types import rfc3339_or_none
from tallystick.api.simulation import unavailable
from tallystick.chain.errors import RpcUnavailable
from tallystick.identity.access.errors import (
    AccessError,
    LastWallet,
    MessageRefused,
    SessionInvalid,
)
from tallystick.identity.authority.errors import (
    ApprovalClosed,
    ApprovalUnknown,
    AuthorityError,
    KeyInvalid,
    RoleMissing,
    SameEyes,
)
from tallystick.identity.kyc.errors import (
    CaseClosed,
    CaseOpen,
    CheckFailed,
    DocumentRefused,
    ImageRefused,
    KycError,
    LevelMissing,
    PartMissing,
)
from tallystick.identity.rights.errors import (
    ConsentMissing,
    FieldRefused,
    ObjectionClosed,
    ObjectionFiled,
    ObjectionUnknown,
    OwnObjection,
    ReadRefused,
    RightsError,
)
from tallystick.identity.vault import (
    IndexTaken,
    OnHold,
    RecordChanged,
    RecordUnknown,
    ScrubBlocked,
    SubjectErased,
    SubjectUnknown,
)


@contextmanager
def identity_problem() -> Iterator[None]:
    """Turns what the identity package raises into problem documents."""
    try:
        yield
    except AccessError as error:
        raise _access(error) from error
    except AuthorityError as error:
        raise _authority(error) from error
    except KycError as error:
        raise _kyc(error) from error
    except (RecordUnknown, RightsError) as error:
        raise _rights(error) from error
    except (IndexTaken, OnHold, RecordChanged, ScrubBlocked) as error:
        raise _vault(error) from error
    except (SubjectErased, SubjectUnknown) as error:
        raise Problem("unauthorized", "The subject of this session was erased.") from error
    except RpcUnavailable as error:
        raise unavailable() from error


def _access(error: AccessError) -> Problem:
    match error:
        case MessageRefused(reason=reason):
            return Problem("signed_message_refused", str(error), extra={"reason": reason})
        case SessionInvalid():
            return Problem("session_not_found", "You have no open session with this id.")
        case LastWallet():
            return Problem("last_wallet", "Bind another wallet before you unbind this one.")
        case _:
            return Problem("wallet_not_found", "This wallet is not yours.")


def _authority(error: AuthorityError) -> Problem:
    match error:
        case RoleMissing():
            return Problem("role_missing", _sentence(error))
        case SameEyes():
            return Problem("same_eyes", "Somebody else must check this.")
        case ApprovalUnknown():
            return Problem("approval_not_found", "There is no request with this id.")
        case ApprovalClosed(state=state):
            return Problem("approval_closed", _sentence(error), extra={"state": state})
        case KeyInvalid():
            return Problem("api_key_not_found", "You have no key with this id.")
        case _:
            return Problem("validation_failed", _sentence(error))


def _kyc(error: KycError) -> Problem:
    match error:
        case CaseClosed(state=state):
            return Problem("case_closed", _sentence(error), extra={"state": state})
        case CaseOpen():
            return Problem("case_undecided", "Go on with the case that you have, or withdraw it.")
        case PartMissing(parts=parts):
            return Problem("parts_missing", _sentence(error), extra={"parts": parts})
        case CheckFailed(checks=checks):
            return Problem("checks_not_passed", _sentence(error), extra={"checks": checks})
        case ImageRefused(reason=reason):
            return Problem("image_refused", _sentence(error), extra={"reason": reason})
        case DocumentRefused(reason=reason):
            wrong = FieldError(reason, pointer="#/data")
            return Problem(
                "document_refused", _sentence(error), errors=[wrong], extra={"reason": reason}
            )
        case LevelMissing():
            return Problem("level_missing", "No level of yours is in force.")
        case _:
            return Problem("case_not_found", "There is no such case.")


def _rights(error: Exception) -> Problem:
    match error:
        case ReadRefused(reason=reason):
            return Problem(
                "forbidden", "The purpose does not permit this.", extra={"reason": reason}
            )
        case FieldRefused(field=field, rule=rule):
            wrong = FieldError(rule, pointer=f"#/fields/{field}")
            return Problem("validation_failed", f"{field} {rule}.", errors=[wrong])
        case ObjectionUnknown():
            return Problem("objection_not_found", "There is no such objection.")
        case ObjectionFiled():
            return Problem("objection_exists", "You have objected to this decision already.")
        case ObjectionClosed():
            return Problem("objection_exists", "It was answered, and the answer stands.")
        case OwnObjection():
            return Problem("same_eyes", "Somebody else must answer this.")
        case ConsentMissing():
            return Problem("consent_not_found", "You have not consented to this purpose.")
        case _:
            return Problem("record_not_found", "There is no such record, purpose or version.")


def _vault(error: Exception) -> Problem:
    match error:
        case OnHold(basis=basis, until=until):
            extra = {"basis": basis, "until": rfc3339_or_none(until)}
            return Problem("legal_hold", f"The law keeps this data: {basis}.", extra=extra)
        case RecordChanged(version=version):
            return Problem(
                "record_changed",
                "Read the newest version and correct that.",
                extra={"version": version},
            )
        case IndexTaken():
            taken = FieldError("is bound to another subject", pointer="#/address")
            return Problem("wallet_taken", "Unbind it there first.", errors=[taken])
        case _:
            return Problem(
                "erasure_unfinished",
                "The key is destroyed; the files are being read and are overwritten later.",
                headers={"Retry-After": "5"},
            )


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
