"""For what personal data may be read, on which legal basis, and the words people agree to.

A text that changed is a new version; earlier ones stay, because people signed them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from tallystick.identity.rights.errors import PurposeUnknown


class Basis(StrEnum):
    """Why a read is lawful."""

    OWN_REQUEST = "own_request"
    CONTRACT = "contract"
    LEGAL_DUTY = "legal_duty"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class Text:
    """What is consented to, in every language, alike."""

    version: int
    en: str
    zh: str

    @property
    def digest(self) -> bytes:
        """SHA-256 over both languages."""
        return hashlib.sha256(f"{self.version}\n{self.en}\n{self.zh}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Purpose:
    """A reason to read `records`. `texts` by version, where the basis is consent."""

    name: str
    basis: Basis
    records: tuple[str, ...]
    texts: tuple[Text, ...] = ()

    def text(self, version: int) -> Text:
        """A version of the text. Raises `PurposeUnknown`."""
        for text in self.texts:
            if text.version == version:
                return text
        raise PurposeUnknown(f"{self.name} has no text of version {version}")


_ALL = (
    Purpose(
        "own_request",
        Basis.OWN_REQUEST,
        (
            *("person", "contact", "wallets", "consents"),
            *("application", "bank_statement", "repair"),
        ),
    ),
    # whoever decides on credit must be able to account for it, and people may ask for a human
    Purpose("decision_review", Basis.LEGAL_DUTY, ("application",)),
    # the borrower asks for other terms, and whoever decides looks at why
    Purpose("repair_review", Basis.CONTRACT, ("repair",)),
    Purpose("identity_check", Basis.LEGAL_DUTY, ("person", "contact", "documents")),
    Purpose("servicing", Basis.CONTRACT, ("contact",)),
    Purpose(
        "scoring",
        Basis.CONSENT,
        ("person", "application", "bank_statement"),
        (
            Text(
                1,
                "Tallystick may use the data about my person to estimate whether I can repay a"
                " loan. I can withdraw this at any time; what was estimated before stays lawful.",
                "我同意 Tallystick 使用我的个人信息评估我的还款能力。"
                "我可以随时撤回同意。撤回前已进行的评估不受影响。",
            ),
        ),
    ),
    *(
        Purpose(
            name,
            Basis.CONSENT,
            ("signals",),
            (
                Text(
                    1,
                    f"Tallystick may use {what_en} that I share with an application to estimate"
                    " whether I can repay a loan. I can withdraw this at any time; what was"
                    " estimated before stays lawful.",
                    f"我同意 Tallystick 使用我随申请提供的{what_zh}评估我的还款能力。"
                    "我可以随时撤回同意。撤回前已进行的评估不受影响。",
                ),
            ),
        )
        for name, what_en, what_zh in (
            ("shop_data", "figures from online shops", "电商数据"),
            ("device_data", "figures about my device", "设备数据"),
            ("meter_data", "figures from meters and sensors", "计量与传感器数据"),
        )
    ),
    Purpose(
        "publish_standing",
        Basis.CONSENT,
        ("standing",),
        (
            Text(
                1,
                "Tallystick may show the credit record of my wallets to anybody who asks for one of"
                " them. I can withdraw this at any time; from then on nobody is shown it.",
                "我同意 Tallystick 向查询我任一钱包的任何人展示我的信用记录。"
                "我可以随时撤回同意。撤回后不再向任何人展示。",
            ),
        ),
    ),
    Purpose(
        "news",
        Basis.CONSENT,
        ("contact",),
        (
            Text(
                1,
                "Tallystick may tell me of new offers by the contact data that I gave. I can"
                " withdraw this at any time.",
                "我同意 Tallystick 通过我提供的联系方式向我介绍新的产品。我可以随时撤回同意。",
            ),
        ),
    ),
)
PURPOSES = {purpose.name: purpose for purpose in _ALL}


def purpose_named(name: str) -> Purpose:
    """Raises `PurposeUnknown`."""
    try:
        return PURPOSES[name]
    except KeyError:
        raise PurposeUnknown(f"there is no purpose {name}") from None


def consent_about(purpose: str, version: int) -> str:
    """How a signed message names a text. Raises `PurposeUnknown`."""
    text = purpose_named(purpose).text(version)
    return f"{purpose}, text version {version}, SHA-256 {text.digest.hex()}"
