import logging
from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, connection

from expenses.alerts import mails
from expenses.alerts.looking import look
from expenses.people.models import Household
from expenses.recurring.posting import post_due
from expenses.reports import mails as reviews

AT_ONCE = 200  # households held in memory

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "What each day brings, for every household: posts what is due, looks at the running month, and mails alerts, "
        "and as a month is over its review, to those who want them. Safe to run twice, at once or never. Exit code 1 "
        "where something failed: the next run tries it again."
    )

    def handle(self, *args, **options):
        done: Counter[str] = Counter()
        for household in households():
            # What was posted may warn. Where it could not be, the alerts are told all the same.
            tried = [self._try(step, household) for step in (self._post, self._look_at, self._review)]
            done.update(households=1, broken=int(None in tried))
            for counts in tried:
                done.update(counts)
        self.stdout.write(
            f"{counted(done['households'], 'household')}: {counted(done['posted'], 'expense')} posted, "
            f"{counted(done['raised'], 'alert')} raised, {counted(done['sent'], 'mail')} sent."
        )
        if done["broken"] or done["unsent"]:
            raise CommandError(
                f"Failed: {counted(done['broken'], 'household')}, {counted(done['unsent'], 'mail')}. The log says why."
            )

    def _try(self, step, household):
        """What a step did, counted; None where it failed: the others have a day too."""
        try:
            return step(household)
        except Exception:
            log.exception("household %s has no day", household.pk)
            if not connection.in_atomic_block:
                close_old_connections()  # one that broke serves the next ones no more
            return None

    def _post(self, household):
        return Counter(posted=post_due(household, on=household.today()).posted)

    def _look_at(self, household):
        seen = look(household, on=household.today())
        sent, unsent = mails.send(household, seen.true) if settings.EMAIL_URL else (0, 0)
        return Counter(raised=len(seen.raised), sent=sent, unsent=unsent)

    def _review(self, household):
        sent, unsent = reviews.send(household, on=household.today()) if settings.EMAIL_URL else (0, 0)
        return Counter(sent=sent, unsent=unsent)


def households() -> Iterator[Household]:
    """All of them, some at a time: no cursor stays open, and no more is in memory however many there are."""
    last = 0
    while True:
        found = list(Household.objects.filter(pk__gt=last).order_by("pk")[:AT_ONCE])
        yield from found
        if len(found) < AT_ONCE:
            return
        last = found[-1].pk


def counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'' if number == 1 else 's'}"
