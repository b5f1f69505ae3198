"""After each request that wrote, one look at the running month; before a page that shows what fell due, too."""

import logging

from django.core.exceptions import ObjectDoesNotExist

from expenses.alerts import saying
from expenses.alerts.looking import look
from expenses.people.middleware import FREE_PREFIXES
from expenses.shared.messages import said, say

log = logging.getLogger(__name__)

SPENDING = ("expenses", "recurring", "imports")  # pages that write expenses: what they raise is mailed
SILENT = ("upkeep:month_start",)  # the same spending lies in other months: nobody did anything to warn of


class AlertsMiddleware:
    """Looks after each POST of a member that succeeded, whatever it wrote: state, not event. Looking never breaks the
    answer, since what was asked is done already."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if self._wrote(request, response):
            if response.streaming:
                response.streaming_content = self._looking_afterwards(request, response.streaming_content)
            else:
                self._look_safely(request)
        return response

    def _looking_afterwards(self, request, content):
        """What is written while the answer is sent is written when it ends, or when the visitor has gone."""
        try:
            yield from content
        finally:
            self._look_safely(request)

    def process_view(self, request, view, args, kwargs):
        """What was posted on the way to this page may warn on it."""
        if getattr(request, "caught_up", None):
            try:
                look(request.household, on=request.household.today())
                request.household.refresh_from_db(fields=["notices"])
            except Exception:
                log.exception("no look at the alerts of household %s", request.household.pk)

    def _wrote(self, request, response):
        return (
            request.method == "POST"
            and response.status_code < 400
            and getattr(request, "household", None) is not None
            and not request.path.startswith(FREE_PREFIXES)
        )

    def _look_safely(self, request):
        try:
            self._look(request)
        except ObjectDoesNotExist:
            pass  # the household itself was deleted
        except Exception:
            log.exception("no look at the alerts of household %s", request.household.pk)

    def _look(self, request):
        household, match = request.household, request.resolver_match
        today = household.today()
        told = [sentence for sentence in said(request) if sentence.about is not None]
        seen = look(
            household,
            on=today,
            loud=match.namespace in SPENDING,
            raising=match.view_name not in SILENT,
            until=max((household.month_of(sentence.about.spent_on) for sentence in told), default=None),
        )
        for sentence in told:
            sentence.rest = saying.left(seen.figures, sentence.about, running=household.month_of(today))
        if len(seen.raised) > 1:
            say(request, saying.digest(seen.raised))
