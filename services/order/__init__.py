"""Order: quotes, checkouts, and what became of every unit that was sold.

Owns the quote, the order with its lines, attribution and frozen terms, the saga's state and its
timers, and the vault of personal data. It is the process manager of a sale: it turns what the
warehouse, the payment and the returns services tell into the next thing that is due. It does not
own stock, money or the decision about a return, and what it knows of prices, terms and markets is
its own copy of what the catalog tells.
"""
