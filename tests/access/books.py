from tests.access import Page

PAGES = [
    # A stranger's own books: no row is named.
    Page("budgets:books", kwargs={"month": "2026-11"}),
]
