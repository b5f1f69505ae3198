"""Looking back: what the money went on and what cost most, over any stretch of days.

Has no tables; each report is a frozen value made from the ledger's own words. That the review of a month was mailed
stands with the member who asked for it (`Membership.reviewed`).
"""
