"""How fast it is on this machine, beside something simple that was measured in the same run."""
