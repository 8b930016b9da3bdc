"""People at work on loans that fall behind: cases, contacts, promises, disputes, hand-over.

They lie in the file of the audit trail, so that every change is in it in the same transaction.
Words that people wrote are sealed in the vault of the borrower they are about.
"""
