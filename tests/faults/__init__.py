"""The real stack under load while its parts die, freeze, double or are cut off."""
