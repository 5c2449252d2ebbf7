"""Returns owns the request to give units of a delivered line back, its inspection, and the decision
what the buyer gets for it and who answers for it.

It does not own the refund's execution (payment), the goods that came back (warehouse) nor who bears
the money (ledger).
"""
