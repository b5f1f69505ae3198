"""Read by gunicorn by itself. Threads, because a request mostly waits for the database."""

import gc
import os
from pathlib import Path

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("GUNICORN_THREADS", "4"))
worker_class = "gthread"

timeout = 30
graceful_timeout = 25  # a host sends SIGKILL 30 s after SIGTERM
keepalive = 5
# What leaks memory slowly is replaced in time, and not all workers in the same second.
max_requests = 1000
max_requests_jitter = 100
# No preload: a worker opens its own connections, and a replaced one reads nothing from its parent.
preload_app = False

# Heartbeats in memory: on a slow disk a worker would look hung.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  (a directory of the kernel's)
control_socket_disable = True

# The app writes one line a request, with its id and duration.
accesslog = None
errorlog = "-"


def post_worker_init(worker):
    """What was loaded stays to the end: the search for circles need not go through it with each request."""
    gc.collect()
    gc.freeze()
