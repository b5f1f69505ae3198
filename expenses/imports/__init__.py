"""Bringing in what the bank knows: a statement is uploaded, mapped, checked and committed, and can be reverted whole.
Nothing comes in twice, nothing is lost, and what could not be read is shown with its line and the reason.
"""
