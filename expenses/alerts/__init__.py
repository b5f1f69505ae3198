"""Warns when a category of the running month comes near its limit, or goes over it: on every page, and by mail for
those who want it.
"""
