"""The app as it is hosted; only where its collected static files lie is the bench's own."""

import os

from budget_tracker.settings import *  # noqa: F403

STATIC_ROOT = os.environ.get("BENCH_STATIC", STATIC_ROOT)  # noqa: F405
