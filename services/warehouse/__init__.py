"""Warehouse: where goods are, what is promised to whom, and how parcels leave and come back.

Owns nodes and their rates, stock, inbound plans, reservations, fulfilment orders and the receipt
of returned goods. It does not own what was sold (order), whether it may come back (returns) or
what any of it means in money beyond a parcel's costs (ledger).
"""
