"""The review of a month by e-mail: once to each member who wants it, from the first day of the next month on."""

import datetime as dt
import logging
from decimal import Decimal

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string

from expenses.alerts.mails import be_patient
from expenses.people.models import Household, Membership
from expenses.reports.review import Line, Review
from expenses.reports.saying import shown
from expenses.shared.money import format_amount
from expenses.shared.months import Month
from expenses.shared.paths import path_of

DAYS = 15  # so long after a month its review is still worth a mail

log = logging.getLogger(__name__)


def month_to_mail(household: Household, *, on: dt.date) -> Month | None:
    """The last month that is over, in the first days of the next one; None later in it."""
    running = household.month_of(on)
    return running.previous if (on - running.start).days < DAYS else None


def send(household: Household, *, on: dt.date) -> tuple[int, int]:
    """Mail the review of the last month to the members who want it and have not had it; nothing of a month in which
    nothing was written down. `on` is today.

    Gives how many mails went out, and how many could not be sent: those are tried again the next time.
    """
    sent = failed = 0
    month = month_to_mail(household, on=on)
    if month is None:
        return sent, failed
    waiting = list(household.memberships.wanting_review(month).values_list("pk", flat=True))
    if not waiting:
        return sent, failed
    review = Review.of(household, month, on=on)
    if review.is_empty:
        return sent, failed
    for pk in waiting:
        try:
            sent += _send_to(pk, review)
        except Exception:  # a mail server fails in many ways, and the next member's may work
            failed += 1
            log.exception("no review by mail to membership %s", pk)
    return sent, failed


@transaction.atomic
def _send_to(pk: int, review: Review) -> bool:
    """Mail a member the review unless they have had it; whether it went out.

    As the alerts do it: the member's row is held until it is written down that it was sent. Of two runs at once, one
    passes by; only a process that dies in between can lead to a second copy.
    """
    be_patient()
    rows = Membership.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    found = rows.wanting_review(review.month).select_related("user", "household").filter(pk=pk)
    membership = found.first()
    if membership is None:
        return False
    message_to(membership, review).send()
    membership.reviewed = review.month
    membership.save(update_fields=["reviewed"])
    return True


def message_to(membership: Membership, review: Review) -> EmailMultiAlternatives:
    """The mail as text and as HTML, without pictures. Links are there where SITE_URL says where the site is."""
    site = settings.SITE_URL
    context = {
        "household": membership.household,
        "month": review.month,
        "review": review,
        "totals": _totals(review),
        "sentences": [sentence.plain(review.decimals) for sentence in review.words],
        "changes": [(line, _change(line, review)) for line in review.changes],
        "parts": [(heading, lines) for heading, lines in _parts(review) if lines],
        "site": site,
        "review_url": site + path_of("reports:review", review.month),
        "settings_url": site + path_of("settings:mail"),
        "subject": f"{review.month.name} in review",
    }
    text = render_to_string("reports/mail.txt", context)
    message = EmailMultiAlternatives(context["subject"], text, None, [membership.user.email])
    message.attach_alternative(render_to_string("reports/mail.html", context), "text/html")
    return message


def _totals(review: Review) -> list[str]:
    def money(amount: Decimal) -> str:
        return shown(amount, review.decimals)

    count = review.spent.count
    lines = [f"Spent {money(review.spent.amount)} in {count} expense{'' if count == 1 else 's'}."]
    if plan := review.planned:
        left = f"{money(-plan.left)} over, of" if plan.left < 0 else f"{money(plan.left)} left of"
        lines.append(f"{left} {format_amount(plan.had, review.decimals)}.")
    if review.carried_on:
        carried = format_amount(review.carried_on, review.decimals)
        lines.append(f"{carried} carried on into {review.month.next.short_name}.")
    if review.income.count:
        lines.append(f"Income {money(review.income.amount)}.")
    return lines


def _parts(review: Review) -> list[tuple[str, list[str]]]:
    """The tables, in words a line."""

    def money(amount: Decimal) -> str:
        return shown(amount, review.decimals)

    limits = []
    for line in review.within:
        if one := line.envelope:
            left = f"{money(one.over)} over" if one.is_over else f"{money(one.left)} left"
            had = format_amount(one.had, review.decimals)
            limits.append(f"{line.category}: {money(line.here.amount)} of {had}, {left}")
    against = review.compared.words if review.compared else "the year before"
    return [
        ("Against limits", limits),
        (
            f"What changed most, against {against}",
            [f"{line.category}: {money(line.here.amount)}, {_change(line, review)}" for line in review.changes],
        ),
        (
            "Largest expenses",
            [
                f"{one.spent_on.day} {one.spent_on:%b}, {one.description}: {money(one.amount)}"
                for one in review.largest
            ],
        ),
    ]


def _change(line: Line, review: Review) -> str:
    change = line.change_of_year if line.change is None else line.change
    if not change:
        return "same"
    return f"{format_amount(abs(change), review.decimals)} {'more' if change > 0 else 'less'}"
