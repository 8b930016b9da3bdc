"""Repayment by channels: a bank, a counter, an employer or a merchant takes money in and pays on
chain on the borrower's behalf."""
