"""The settings as a host has them, with a password hash that is quick: each walk signs up, and Django's own works at it
for a third of a second. (The tests of hosting sign in with that one.)"""

from budget_tracker.settings import *  # noqa: F403  (all of them)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
