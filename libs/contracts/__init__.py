"""What the services say to each other and to their callers, generated from `protos`.

Everything below the service folders is written by `python -m libs.contracts.generate` and never
edited; `--check` tells whether it is what the protos say.
"""
