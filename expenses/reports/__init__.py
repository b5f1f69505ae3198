"""Looking back: what the money went on and what cost most, over any stretch of days.

Has no tables; each report is a frozen value made from the ledger's own words.
"""
