"""Pure loan mathematics: what a loan owes, has paid and should pay.

No IO, no clock, no web3, no web framework: integers in, integers out. `docs/ledger.md` defines the
conventions shared with the contracts, `docs/maths.md` those of the offline calculator.
"""
