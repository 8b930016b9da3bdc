"""Settings, read once from the environment.

Nothing else in the package reads environment variables. Secrets have no default and never appear
in a representation of the settings.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

PREFIX: Final = "TALLYSTICK_"


class SettingsError(Exception):
    """One or more environment variables are missing or malformed; the message names each."""


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https address")
    return value


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _account(value: str) -> str:
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", value):
        raise ValueError("must be an account, 0x and 40 hexadecimal digits")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]


def _by_chain(value: object) -> object:
    """``10=https://a,10=https://b,4242=http://c`` as lists of addresses by chain id."""
    if not isinstance(value, str):
        return value
    found: dict[str, list[str]] = {}
    for part in value.split(","):
        chain_id, separator, url = part.strip().partition("=")
        if not separator or not chain_id.isdecimal():
            raise ValueError("must be like 10=https://a,4242=http://b")
        found.setdefault(chain_id, []).append(url)
    return found


def _durations(value: object) -> object:
    """``1m,2h,1d`` in seconds."""
    if not isinstance(value, str):
        return value
    units = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
    found = [re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", part.strip()) for part in value.split(",")]
    if not all(found):
        raise ValueError("must be like 1m,5m,2h,1d")
    return [int(one[1]) * units[one[2]] for one in found if one]


Account = Annotated[str, AfterValidator(_account)]


class Settings(BaseModel):
    """What a process of the service needs to know about its surroundings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rpc_url: HttpUrl = Field("http://127.0.0.1:8545", description="JSON-RPC address of the chain")
    rpc_fallback_urls: Annotated[tuple[HttpUrl, ...] | None, BeforeValidator(_listed)] = Field(
        None, description="further nodes of the chain, separated by commas"
    )
    db: Path = Field(Path("var/tallystick.db"), description="SQLite file of the index")
    deployment: Path = Field(
        Path("var/deployment.json"), description="record that scripts/deploy.py wrote"
    )
    deployments: Path | None = Field(
        None, description="folder of further records, `deployments` beside that record by default"
    )
    chains: Annotated[dict[int, tuple[HttpUrl, ...]] | None, BeforeValidator(_by_chain)] = Field(
        None, description="nodes of further chains, id=URL separated by commas"
    )
    index_poll: float = Field(
        0.1, ge=0.001, le=60, description="seconds between looks of the index at the chain's head"
    )
    host: str = Field("127.0.0.1", description="address the HTTP service listens on")
    port: int = Field(8000, ge=1, le=65535, description="port the HTTP service listens on")
    keeper_key: SecretStr | None = Field(
        None, description="private key that pays for the keeper's transactions"
    )
    keeper_max_fee_gwei: int = Field(
        500, ge=1, description="gas dearer than this is waited out by the keeper, in gwei"
    )
    keeper_retries: Annotated[tuple[int, ...], BeforeValidator(_durations)] = Field(
        (60, 300, 1_800, 7_200, 21_600),
        min_length=1,
        description="pauses before each further try of what was not collected, as in 1m,5m,2h,1d",
    )
    public_url: HttpUrl | None = Field(
        None, description="address by which browsers reach the service, without a path"
    )
    identity: Path = Field(
        Path("var/identity.db"), description="SQLite file of sessions, consents and audit trail"
    )
    vault: Path = Field(
        Path("var/vault.db"), description="SQLite file of personal data, its keys beside it"
    )
    webhooks: Path = Field(
        Path("var/webhooks.db"), description="SQLite file of webhooks and their messages"
    )
    webhooks_private: bool = Field(
        default=False,
        description="let webhooks call plain HTTP and inner addresses; for development only",
    )
    messages: Path = Field(Path("var/messages.db"), description="SQLite file of messages to people")
    messages_sink: Path | None = Field(
        None, description="file to which every message is written as well; for development"
    )
    contact_rules: Path | None = Field(
        None, description="YAML file of contact rules, instead of those of this release"
    )
    smtp_url: SecretStr | None = Field(
        None, description="mail server, smtp://user:password@host:587 or smtps://host"
    )
    mail_from: str | None = Field(
        None, description="sender of e-mails, as in Name <loans@bank.example>"
    )
    sms_url: HttpUrl | None = Field(None, description="HTTP gateway of the provider of SMS")
    sms_token: SecretStr | None = Field(None, description="token for that gateway")
    chat_url: HttpUrl | None = Field(None, description="HTTP gateway of the provider of chat")
    chat_token: SecretStr | None = Field(None, description="token for that gateway")
    channels: Path | None = Field(
        None, description="YAML file of the channels by which repayments come in"
    )
    receipts: Path = Field(
        Path("var/receipts.db"), description="SQLite file of what came in by channels"
    )
    collector_key: SecretStr | None = Field(
        None, description="private key of the account that pays on borrowers' behalf"
    )
    vault_keys: SecretStr | None = Field(
        None,
        description="key-encryption keys, id:base64 separated by commas, the current one first",
    )
    vault_kms: str | None = Field(
        None, description="module:function that makes a key service, instead of vault_keys"
    )
    vault_index_key: SecretStr | None = Field(
        None, description="key of the blind indexes, 32 bytes in base64"
    )

    backup_key: SecretStr | None = Field(
        None, description="key that encrypts backups, 32 bytes in base64"
    )
    administrators: Annotated[tuple[Account, ...] | None, BeforeValidator(_listed)] = Field(
        None, description="wallets of the first administrators, separated by commas"
    )

    @property
    def rpc_urls(self) -> tuple[str, ...]:
        """All nodes of the chain, the preferred one first."""
        return (self.rpc_url, *(self.rpc_fallback_urls or ()))

    @property
    def registry(self) -> Path:
        """The folder of records of books that are indexed beside the first."""
        return self.deployments or self.deployment.parent / "deployments"

    def nodes(self, home: int) -> dict[int, tuple[str, ...]]:
        """The nodes of every chain by its id; `home` is that of `rpc_url`."""
        return {**(self.chains or {}), home: self.rpc_urls}

    anchor: str | None = Field(
        None, description="address of the contract that anchors the audit trail"
    )
    anchor_key: SecretStr | None = Field(
        None, description="private key that anchors the audit trail"
    )

    gate: str | None = Field(None, description="address of the gate that accepts attestations")
    issuer_key: SecretStr | None = Field(None, description="private key that signs attestations")

    screening: Path = Field(
        Path("var/screening.db"), description="SQLite file of traces, hits and their reviews"
    )
    screening_lists: Path = Field(
        Path("var/lists"),
        description="folder of sanctions lists, as `tallystick screen list` keeps",
    )
    warnings: Path = Field(
        Path("var/warnings.db"), description="SQLite file of triggers for servicing"
    )
    warning_model: Path | None = Field(
        None, description="folder of the scorecard by which running loans are looked at"
    )
    servicing: Path = Field(
        Path("var/servicing.db"), description="SQLite file of daily closes and notices due"
    )
    servicing_policy: Path | None = Field(
        None, description="YAML file of how loans are serviced, instead of that of this release"
    )
    repair_rules: Path | None = Field(
        None, description="YAML file of rules of repair, instead of those of this release"
    )
    repair_fund: str | None = Field(
        None, description="address of the fund that helps repaired loans"
    )
    standing_rules: Path | None = Field(
        None, description="YAML file of rules of credit records, instead of those of this release"
    )
    screening_rules: Path | None = Field(
        None, description="YAML file of screening rules, instead of those of this release"
    )
    lender_key: SecretStr | None = Field(
        None, description="private key of the account that lends, and signs what is decided"
    )
    lender: Account | None = Field(
        None, description="contract account that lends, where lender_key is only its signer"
    )
    lender_token: str | None = Field(None, description="address of the token that is lent")
    policy_signers: Annotated[tuple[str, ...] | None, BeforeValidator(_listed)] = Field(
        None, description="accounts of which two release a policy, separated by commas"
    )

    log_format: Literal["json", "text"] = Field(
        "json", description="how processes log: an object or a sentence a line"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least level that is logged; requests are told at info"
    )
    otlp_endpoint: HttpUrl | None = Field(
        None, description="OTLP address of a collector of traces, with its path"
    )

    @property
    def origin(self) -> str:
        """Scheme, host and port under which people sign in."""
        if self.public_url is None:
            return f"http://{self.host}:{self.port}"
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read `TALLYSTICK_<NAME>` for every field; empty variables count as absent.

        Raises SettingsError if a value does not parse.
        """
        source = os.environ if environment is None else environment
        values = {
            name: source[PREFIX + name.upper()]
            for name in cls.model_fields
            if source.get(PREFIX + name.upper())
        }
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            problems = (
                f"{PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg']}"
                for problem in error.errors(include_input=False)
            )
            raise SettingsError("; ".join(problems)) from None
