"""Words of the pages of those who lend. Every key of the tables is a value of the API."""

from __future__ import annotations

from tallystick.web.words import N_

EVENT = {
    "originated": N_("recorded and paid out"),
    "paid": N_("payment"),
    "paid_through": N_("came by a channel"),
    "closed": N_("loan closed"),
    "credited": N_("kept for the holder"),
    "collect_failed": N_("nothing could be pulled"),
    "autopay_set": N_("autopay switched"),
    "amended": N_("new terms"),
    "settled": N_("settled"),
    "restored": N_("standing restored"),
    "defaulted": N_("default declared"),
    "cured": N_("default cured"),
    "accelerated": N_("all called due"),
    "written_off": N_("written off"),
    "recourse_recorded": N_("guarantor paid, to be repaid"),
    "recourse_repaid": N_("guarantor repaid"),
    "collateral_added": N_("collateral handed over"),
    "collateral_sold": N_("collateral sold"),
    "collateral_released": N_("collateral given back"),
    "assigned": N_("claim transferred"),
}
TABLES = {"event": EVENT}
