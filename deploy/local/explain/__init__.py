"""An order's life from its facts, across services: what led to what, and what is awaited."""
