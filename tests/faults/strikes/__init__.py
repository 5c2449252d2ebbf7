"""Strikes: each does its harm to a trial, ends it, and says since when recovery counts."""
