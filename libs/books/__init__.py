"""Double entry: accounts, the legs of an entry, and an entry that balances or does not exist.

Pure, and knows no business: the chart of accounts and the posting rules belong to the ledger.
"""

from libs.books.accounts import Account, Book, Side
from libs.books.entries import Entry, Leg, Line, Unbalanced, credit, debit

__all__ = [
    "Account",
    "Book",
    "Entry",
    "Leg",
    "Line",
    "Side",
    "Unbalanced",
    "credit",
    "debit",
]
