"""A live-commerce evening and the six weeks after it, played through gRPC, and what it leaves in
the books.
"""
