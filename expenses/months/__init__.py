"""The main page: where a month stands, what was spent on what, and what came last.

Has no tables; it puts the other slices side by side.
"""
