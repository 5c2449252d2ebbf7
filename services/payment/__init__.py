"""Payment owns what is asked of the provider for an order, what came of it, and the payouts.

It does not own whether and how much is to be paid (order), given back (order, returns) or paid out
(ledger): it executes what they decide, once, and says how it ended.
"""
