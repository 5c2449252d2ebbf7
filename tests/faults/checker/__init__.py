"""Says whether the system kept its promises, by looking at what it left behind.

It reads stores, topics, the ledger's tables and the provider's own books directly, and shares no
code with the services: what they would get wrong together with a checker of theirs, it sees.
"""
