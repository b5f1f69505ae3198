"""What comes again: rent, insurance, a phone bill, each written down on its day or waiting for a yes.
`schedule` is the arithmetic of dates, pure; no date is skipped, none drifts, and none comes twice.
"""
