"""What each category may cost a month, and the money moved between them: limits, transfers, what is left.

`envelope` is the arithmetic of a month, pure; the tables and what may be done with them stand in `models`.
"""
