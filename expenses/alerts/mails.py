"""Alerts by e-mail: each round once to each member who wants mail, one mail a run for a household."""

import logging
from collections.abc import Collection, Sequence

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, models, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from expenses.alerts import saying
from expenses.alerts.models import Alert, AlertMail
from expenses.alerts.notices import Notice
from expenses.people.models import Household, Membership

log = logging.getLogger(__name__)


def send(household: Household, true: Sequence[Notice]) -> tuple[int, int]:
    """Mail what is raised and true (`looking.Seen.true`) to the members who want mail and have not had it.

    Gives how many mails went out, and how many could not be sent: those are tried again the next time.
    """
    sent = failed = 0
    if not true or not _open(household, true).exists():
        return sent, failed
    for pk in household.memberships.wanting_alerts().values_list("pk", flat=True):
        try:
            sent += _send_to(pk, true)
        except Exception:  # a mail server fails in many ways, and the next member's may work
            failed += 1
            log.exception("no mail about alerts to membership %s", pk)
    _close(household, true)
    return sent, failed


def _open(household: Household, true: Collection[Notice]) -> models.QuerySet[Alert]:
    return household.alerts.to_mail().filter(pk__in=[notice.alert for notice in true])


@transaction.atomic
def _send_to(pk: int, true: Sequence[Notice]) -> bool:
    """Mail a member what they have not had; whether there was anything.

    The member's row is held from before it is known what to send until it is written down that it was sent: of two
    runs at once, one passes by. Only a process that dies in between can lead to a second copy.
    """
    be_patient()
    rows = Membership.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    membership = rows.wanting_alerts().select_related("user", "household").filter(pk=pk).first()
    if membership is None:  # another run is at it, or mail is no longer wanted
        return False
    had = membership.alert_mails.filter(round=F("alert__round")).values("alert")
    due = list(_open(membership.household, true).exclude(pk__in=had))
    if not due:
        return False
    message_to(membership, [notice for notice in true if notice.alert in {alert.pk for alert in due}]).send()
    AlertMail.objects.bulk_create(
        AlertMail(household=membership.household, alert=alert, membership=membership, round=alert.round)
        for alert in due
    )
    return True


def be_patient() -> None:
    """A database may end what is idle in a transaction: who waits for a mail server is at work."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10min'")


def _close(household: Household, true: Sequence[Notice]) -> None:
    """What everybody who wants mail has had is mailed to nobody else in this round."""
    wanting = set(household.memberships.wanting_alerts().values_list("pk", flat=True))
    for alert in _open(household, true).prefetch_related("mails"):
        had = {mail.membership_id for mail in alert.mails.all() if mail.round == alert.round}
        if had and wanting <= had:
            _open(household, true).filter(pk=alert.pk, round=alert.round).update(emailed_at=timezone.now())


def message_to(membership: Membership, notices: Sequence[Notice]) -> EmailMultiAlternatives:
    """The mail as text and as HTML. Links are there where SITE_URL says where the site is: a command has no visitor
    whose address it could use."""
    household, site = membership.household, settings.SITE_URL
    context = {
        "household": household,
        "month": notices[0].month,
        "sentences": [saying.sentence(notice, household.decimals) for notice in notices],
        "site": site,
        "month_url": site + reverse("months:show", args=[notices[0].month]),
        "settings_url": site + reverse("settings:mail"),
        "subject": saying.subject(notices),
    }
    text = render_to_string("alerts/mail.txt", context)
    message = EmailMultiAlternatives(context["subject"], text, None, [membership.user.email])
    message.attach_alternative(render_to_string("alerts/mail.html", context), "text/html")
    return message
