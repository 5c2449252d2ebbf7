"""The ledger: accounts, journal, settlement, reserve, statements, payout obligations and GMV.

It owns every balance, and what is decided about money: what a line settles for, who bears a
refund, what a payee is paid. It does not own the payment or the refund at the provider (payment),
nor the decision that a buyer gets money back (order and returns).
"""
