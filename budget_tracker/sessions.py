"""Sessions in the database, asked only for keys that we may have given."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils import timezone

from expenses.shared.prepared import Prepared


class SessionStore(DatabaseSessions):
    def _validate_session_key(self, key):
        """A cookie may say anything: Postgres refuses a NUL with an error, where a stranger is just not signed in."""
        known = super()._validate_session_key(key)  # type: ignore[misc]  # the stubs leave it out
        return known and key.isascii() and key.isalnum()

    def _get_session_from_db(self):
        """As Django's own, which puts the same query together for every page."""
        found = _open(self.session_key, timezone.now())
        if not found:
            self._session_key = None
        return found[0] if found else None


_open = Prepared(lambda key, now: SessionStore.get_model_class().objects.filter(session_key=key, expire_date__gt=now))
