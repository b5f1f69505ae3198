"""What money is spent on: Food, Rent, Fun.

A category belongs to a household, has a colour and a place in the list.
"""
