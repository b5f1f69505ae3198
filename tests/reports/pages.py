"""The pages of the reports: every test that goes through all of them reads this list."""

PAGES = [
    ("reports:trends", ""),
    ("reports:trends", "period=twenty-four"),
    ("reports:trends", "period=all"),
    ("reports:trends", "from=2025-11-10&to=2026-11-12"),
    ("reports:trends", "from=1990-01-01&to=2026-12-31"),
    ("reports:trends", "from=1900-01-01&to=2200-12-31"),
    ("reports:trends", "month=2026-11"),
    ("reports:trends", "q=shop"),
    ("reports:categories", ""),
    ("reports:categories", "period=all"),
    ("reports:year", ""),
    ("reports:year", "year=2025"),
    ("reports:year", "q=shop"),
    ("reports:budget", ""),
    ("reports:budget", "period=all"),
    ("reports:budget", "from=1990-01-10&to=2026-11-12"),
    ("reports:members", ""),
    ("reports:members", "period=all"),
    ("reports:members", "month=2026-11"),
    ("reports:members", "from=2025-11-10&to=2026-11-12&q=shop"),
    ("reports:calendar", ""),
    ("reports:calendar", "month=2026-10&q=shop"),
]
# Reports whose figures are no sums of a list.
LISTS = [("reports:largest", ""), ("reports:largest", "period=all&count=50")]
EVERY = [*PAGES, *LISTS]
