"""Facts as they were once written, kept for ever: what can be read today must be read by all code.

`public.jsonl` has the facts of the topics, `stored.jsonl` those of the stores. A line is never
changed; a fact that gained fields gets another line, so that both its forms are tried:

    python -m tests.architecture.golden     # adds what is missing
"""
