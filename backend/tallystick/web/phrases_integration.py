"""Words of the pages for programs: keys, webhooks, and their deliveries."""

from __future__ import annotations

from tallystick.web.words import N_

SCOPE = {
    "webhooks:read": N_("look at webhooks and deliveries"),
    "webhooks:write": N_("make, test and end webhooks"),
    "channels:write": N_("report repayments that came in"),
}
MESSAGE = {
    "pending": N_("on its way"),
    "delivered": N_("delivered"),
    "failed": N_("given up"),
}
TRY = {
    "timeout": N_("no answer within ten seconds"),
    "connection": N_("no connection"),
    "not_entitled": N_("its owner is no integrator any more"),
    "address_form": N_("the address is none"),
    "address_scheme": N_("the address is not https"),
    "address_unresolved": N_("the name leads nowhere"),
    "address_private": N_("the address is not on the Internet"),
}

INTEGRATION_TABLES = {"scope": SCOPE, "hook_message": MESSAGE, "try": TRY}
