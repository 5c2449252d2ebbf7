"""How a process lives: settings, clock, ids, roles, start, health and drain.

Time, ids, chance and sleep come from here and nowhere else, so that a whole system can be run on
a clock that tests, the demo or an importer move.
"""
