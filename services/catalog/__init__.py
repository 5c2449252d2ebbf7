"""Catalog owns what can be sold: merchants and their terms, products, offers and their dated
prices, markets and the rules of where they ship to, creators, live sessions, reviews.

It does not own stock (warehouse) nor what was sold at which price (order): others pin the versions
they used and keep their own copies, so that an order is priced without asking here.
"""
