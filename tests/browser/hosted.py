"""The settings as a host has them, with a quick password hash: each walk signs up, and Django’s own takes a third of a
second. (The tests of hosting sign in with that one.)"""

from budget_tracker.settings import *  # noqa: F403  (Django asks the module itself for each name)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
