"""Who shares a budget: people, their households and what each may do there.

Everything else starts at the household found here.
"""
