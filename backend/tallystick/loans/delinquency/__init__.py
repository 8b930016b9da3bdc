"""How late loans are and what follows from it, for one loan and for a portfolio of a million.

`docs/maths.md`, "Delinquency", defines every figure. A loan enters with two integers, the due day
of its oldest unpaid row and its outstanding principal (`exposure`); both change only when it is
paid, so an index keeps them beside the loan and a portfolio is one pass over them (`portfolio`).
"""
