"""The reference for callers: written from the protos, the code, and a story played on the fake."""
