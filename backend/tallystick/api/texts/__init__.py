"""Loans as written JSON: made once per change of a loan, put together with what changes by itself.

::

    text    a loan's JSON with holes, and what fills them
    store   SQLite file of texts, which can be lost
    writer  writes what is missing, behind the index
    reader  answers made of texts alone
"""
