"""What a loan's parties are given to keep: receipts, account statements, amortization tables, dues.

Each is a frozen dataclass with `to_json`, amounts as integer strings of base units, and `sheet`,
the same facts laid out as a table for printing. Nothing here formats for people or does IO; that
is `tallystick.statements`.
"""
