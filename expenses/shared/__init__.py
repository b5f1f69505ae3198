"""Plain parts that every slice uses: money, months, constraints, forms, messages.

Imports no slice.
"""
