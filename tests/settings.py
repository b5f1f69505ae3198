"""The settings with what a test run needs; nothing from a developer's .env reaches a test, except the database.

DATABASE_URL from the environment chooses it: SQLite without one, Postgres through `bin/with-postgres pytest`.
"""

import os

os.environ["DEBUG"] = "1"
os.environ["SECRET_KEY"] = "for-tests-only"
os.environ["SIGNUPS"] = "open"
os.environ["EMAIL_URL"] = ""
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["SITE_URL"] = ""
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
os.environ.setdefault("DATABASE_URL_UNPOOLED", os.environ["DATABASE_URL"])

from budget_tracker.settings import *  # noqa: F403  (the environment has to be set first)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; production keeps Django's default

# Each test client builds the middleware anew, and would read the whole folder of static files each time.
WHITENOISE_AUTOREFRESH = True

# A prepared database is copied for each process of a run, instead of migrated (tests/prepared.py).
if "TEST_TEMPLATE" in os.environ:
    DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ["TEST_TEMPLATE"]}  # noqa: F405  (of the settings above)
