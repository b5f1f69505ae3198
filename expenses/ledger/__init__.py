"""What was spent, when and on what: writing it down, finding, changing, deleting and getting it back.

Keeps the monthly totals that make every page as fast with a million expenses as with a hundred.
"""
