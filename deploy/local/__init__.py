"""The whole system on one machine, without containers and without root."""
