"""Sessions in the database, asked only for keys that we may have given."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions


class SessionStore(DatabaseSessions):
    def _validate_session_key(self, key):
        """A cookie may say anything: Postgres refuses a NUL with an error, where a stranger is just not signed in."""
        known = super()._validate_session_key(key)  # type: ignore[misc]  # the stubs leave it out
        return known and key.isascii() and key.isalnum()
