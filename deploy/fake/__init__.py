"""The six services in one process and in memory: for other teams' tests, and for a first look."""
