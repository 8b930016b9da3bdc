"""Why something cannot be told.

::

    MessageError
    ├── KindUnknown         there is no such kind of message, or version of it
    ├── FactsInvalid        facts are missing, unknown or of another form
    ├── TemplateInvalid     a template breaks a rule
    ├── MessageUnknown      the recipient has no such message
    ├── PreferenceInvalid   a wish cannot be met
    ├── RulesInvalid        the contact rules break a rule
    └── StopInvalid         the link is not one of ours
"""

from __future__ import annotations


class MessageError(Exception):
    """Base of all errors of this package."""


class KindUnknown(MessageError):
    """No template has this name and version."""


class FactsInvalid(MessageError):
    """`fact` breaks `rule` (a short English sentence)."""

    def __init__(self, fact: str, rule: str) -> None:
        super().__init__(f"{fact}: {rule}")
        self.fact = fact
        self.rule = rule


class TemplateInvalid(MessageError):
    """The message names the file and the rule."""


class MessageUnknown(MessageError):
    """No such message of this recipient."""


class PreferenceInvalid(MessageError):
    """`field` breaks `rule` (a short English sentence)."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class RulesInvalid(MessageError):
    """The message names the member and the rule."""


class StopInvalid(MessageError):
    """The token of a link was not made here."""
