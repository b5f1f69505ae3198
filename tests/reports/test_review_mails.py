"""The review by e-mail: on the first day of the next month, once to each member who wants it."""

import datetime as dt
import time
from io import StringIO
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command

from expenses.people.models import Household, Membership
from expenses.reports import mails
from expenses.shared.months import Month
from tests import servers
from tests.alerts.test_mails import break_mail, receivers
from tests.alerts.test_races import Postbox, at_once, daily, marked
from tests.factories import make_expense, make_income, make_limit
from tests.people import People, make_household, make_user

FIRST = dt.date(2026, 12, 1)
NOV = Month(2026, 11)
SEND = EmailBackend.send_messages


@pytest.fixture(autouse=True)
def with_mail(settings):
    settings.EMAIL_URL = "smtp://localhost"
    settings.SITE_URL = "https://budget.example.org"


@pytest.fixture
def november(people):
    """Food cost 118.40 of 100 in November; Alice and Bob want the review."""
    people.household.memberships.filter(user__in=[people.alice, people.bob]).update(wants_review=True)
    make_limit(people.food, "100", NOV)
    make_expense(people.household, "Weekly shop", "118.40", category=people.food)
    return people


@pytest.fixture
def on(monkeypatch):
    def move_to(day):
        monkeypatch.setattr(Household, "today", lambda household: day)

    move_to(FIRST)
    return move_to


def run() -> str:
    out = StringIO()
    call_command("daily", stdout=out)
    return out.getvalue()


# ── who, when, once ───────────────────────────────────────────────────────────────────────────────


def test_it_is_mailed_once_to_those_who_want_it(november, on):
    assert run() == "2 households: 0 expenses posted, 0 alerts raised, 2 mails sent.\n"
    assert receivers() == ["alice@example.com", "bob@example.com"]

    assert run() == "2 households: 0 expenses posted, 0 alerts raised, 0 mails sent.\n"
    on(FIRST.replace(day=15))
    run()
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(
    ("day", "count"), [("2026-11-30", 0), ("2026-12-01", 2), ("2026-12-15", 2), ("2026-12-16", 0), ("2026-12-31", 0)]
)
def test_a_command_that_slept_catches_up_for_fifteen_days(november, on, day, count):
    on(dt.date.fromisoformat(day))

    run()

    assert len(mail.outbox) == count


def test_of_several_months_slept_over_only_the_last_is_mailed(november, on):
    make_expense(november.household, "Tree", "40.00", spent_on=dt.date(2026, 12, 20))
    on(dt.date(2027, 1, 2))

    run()

    assert [message.subject for message in mail.outbox] == ["December 2026 in review"] * 2


def test_each_month_is_mailed(november, on):
    make_expense(november.household, "Tree", "40.00", spent_on=dt.date(2026, 12, 20))
    run()
    on(dt.date(2027, 1, 1))

    run()

    assert sorted(message.subject for message in mail.outbox) == [
        *["December 2026 in review"] * 2,
        *["November 2026 in review"] * 2,
    ]


def test_the_month_is_the_household_s_own(november, on):
    november.household.month_starts_on = 25
    november.household.save()
    on(dt.date(2026, 11, 24))
    run()
    assert mail.outbox == []
    on(dt.date(2026, 11, 25))

    run()

    assert mail.outbox[0].subject == "November 2026 in review"
    assert "Spent 118.40 in 1 expense." in mail.outbox[0].body


def test_a_day_is_the_one_of_the_household_s_time_zone(november, time_machine):
    Household.objects.filter(pk=november.household.pk).update(time_zone="Pacific/Auckland")
    time_machine.move_to("2026-11-30T10:00:00Z")
    run()
    assert mail.outbox == []
    time_machine.move_to("2026-11-30T11:30:00Z")  # half past midnight there

    run()

    assert len(mail.outbox) == 2


def test_who_asks_later_gets_it_while_it_is_new(november, on):
    run()
    Membership.objects.filter(user=november.vera).update(wants_review=True)
    on(dt.date(2026, 12, 10))

    run()

    assert receivers() == ["alice@example.com", "bob@example.com", "vera@example.com"]


def test_who_asks_for_alerts_alone_gets_no_review(november, on):
    Membership.objects.update(wants_review=False, wants_alerts=True)

    run()

    assert mail.outbox == []


def test_who_cannot_sign_in_any_more_is_not_mailed(november, on):
    november.bob.is_active = False
    november.bob.save()

    run()

    assert receivers() == ["alice@example.com"]


def test_nothing_is_mailed_of_a_month_in_which_nothing_was_written_down(people, on):
    Membership.objects.update(wants_review=True)

    run()

    assert mail.outbox == []
    assert not Membership.objects.exclude(reviewed=None).exists()


def test_without_a_mail_server_nothing_is_sent_and_nothing_lost(november, on, settings):
    settings.EMAIL_URL = ""
    run()
    assert mail.outbox == []
    settings.EMAIL_URL = "smtp://localhost"

    run()

    assert len(mail.outbox) == 2


def test_later_in_the_month_it_asks_nothing_of_the_database(november, on, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert mails.send(november.household, on=dt.date(2026, 12, 16)) == (0, 0)
    with django_assert_num_queries(1):  # nobody there wants it
        assert mails.send(november.others, on=FIRST) == (0, 0)


# ── when it fails ─────────────────────────────────────────────────────────────────────────────────


def test_who_could_not_be_reached_is_tried_again_and_nobody_else(november, on, monkeypatch, caplog):
    with monkeypatch.context() as broken:
        break_mail(broken, to=["bob@example.com"], fault=SMTPRecipientsRefused({}))
        with pytest.raises(CommandError, match="Failed: 0 households, 1 mail"):
            run()
    assert receivers() == ["alice@example.com"]
    assert "no review by mail" in caplog.text

    run()

    assert receivers() == ["alice@example.com", "bob@example.com"]


@pytest.mark.parametrize("fault", [SMTPServerDisconnected("gone"), TimeoutError(), RuntimeError("odd")])
def test_a_mail_server_that_is_down_loses_nothing(november, on, monkeypatch, fault):
    with monkeypatch.context() as broken:
        break_mail(broken, fault=fault)
        for _ in range(2):
            with pytest.raises(CommandError, match="2 mails"):
                run()
    assert not Membership.objects.exclude(reviewed=None).exists()

    run()

    assert receivers() == ["alice@example.com", "bob@example.com"]


def test_a_broken_household_does_not_stop_the_others(november, on, monkeypatch, caplog):
    later = make_household(make_user("Nina"))
    Membership.objects.filter(user__name="Nina").update(wants_review=True)
    make_expense(later, category=november.category("Food", later))
    of = mails.Review.of

    def breaking(household, month, *, on):
        if household == november.household:
            raise RuntimeError("odd")
        return of(household, month, on=on)

    monkeypatch.setattr(mails.Review, "of", breaking)

    with pytest.raises(CommandError, match="Failed: 1 household, 0 mails"):
        run()

    assert receivers() == ["nina@example.com"]


# ── what it says ──────────────────────────────────────────────────────────────────────────────────


def html_of(message):
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    return BeautifulSoup(html, "html.parser")


def test_the_mail_in_plain_text(november, on):
    make_income(november.household)

    run()

    message = mail.outbox[0]
    assert message.subject == "November 2026 in review"
    assert message.body == (
        "November 2026 in Alice’s household, amounts in US dollars:\n\n"
        "Spent 118.40 in 1 expense.\n"
        "18.40 over, of 100.00.\n"
        "Income 3,240.00.\n\n"
        "Against limits:\n"
        "- Food: 118.40 of 100.00, 18.40 over\n\n"
        "Largest expenses:\n"
        "- 20 Nov, Weekly shop: 118.40\n\n"
        "The review: https://budget.example.org/reports/review/2026-11/\n"
        "You asked for this mail. To stop it: https://budget.example.org/settings/mail/\n\n"
        "Budget Tracker\nhttps://budget.example.org\n"
    )


def test_the_mail_as_html_has_tables_and_no_pictures(november, on):
    make_expense(november.household, "Old", "50.00", category=november.food, spent_on=dt.date(2026, 10, 5))

    run()

    html = html_of(mail.outbox[0])
    assert not html.select("img, svg, script, style, [style], link")
    assert [" ".join(row.get_text(" ").split()) for row in html.select("tr")] == [
        "Category Had Spent Left", "Food 100.00 118.40 18.40 over",
        "Category Spent Change", "Food 118.40 68.40 more",
        "Date Expense Amount", "20 Nov Weekly shop 118.40",
    ]  # fmt: skip
    assert "Against the month before, October 2026." in html.text
    assert [link["href"] for link in html.select("a")] == [
        "https://budget.example.org/reports/review/2026-11/",
        "https://budget.example.org/settings/mail/",
        "https://budget.example.org",
    ]


def test_without_an_address_of_the_site_there_are_no_links(november, on, settings):
    settings.SITE_URL = ""

    run()

    assert "http" not in mail.outbox[0].body
    assert not html_of(mail.outbox[0]).select("a")


def test_names_are_text_in_the_mail(november, on):
    november.household.categories.named("Food").update(name="<b>Food & Co</b>")
    november.household.expenses.update(description="<script>x</script>")

    run()

    message = mail.outbox[0]
    assert "- <b>Food & Co</b>: 118.40 of 100.00, 18.40 over" in message.body
    assert not html_of(message).select("b, script")


# ── asking for it ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "said", "row"),
    [
        ({"wants_review": "on"}, "The review of each month comes by e-mail from now on.", "The review of each month"),
        (
            {"wants_review": "on", "wants_alerts": "on"},
            "Alerts and the review of each month come by e-mail from now on.",
            "Alerts and the review of each month",
        ),
        ({"wants_alerts": "on"}, "Alerts come by e-mail from now on.", "Alerts"),
        ({}, "Nothing comes by e-mail any more.", "Nothing"),
    ],
)
@pytest.mark.parametrize("name", ["alice", "vera"])
def test_every_member_may_ask_for_it_and_stop_it(client, people, name, fields, said, row):
    user = getattr(people, name)
    client.force_login(user)

    answer = client.post("/settings/mail/", fields, follow=True)

    assert said in answer.text
    html = BeautifulSoup(client.get("/settings/household/").content, "html.parser")
    assert html.select_one("a[href='/settings/mail/'] + .row-more").text == row
    wanting = people.household.memberships.wanting_review(NOV)
    assert [member.user for member in wanting] == ([user] if "wants_review" in fields else [])


# ── at once ───────────────────────────────────────────────────────────────────────────────────────


@marked
def test_of_two_runs_at_once_one_mails(monkeypatch, settings):
    people = People()
    Membership.objects.filter(household=people.household).update(wants_review=True)
    make_expense(people.household, amount="110", category=people.food)

    def slowly(backend, messages):
        time.sleep(0.3)
        return SEND(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", slowly)

    errors = at_once(4, lambda _: mails.send(people.household, on=FIRST))

    assert errors == []
    assert receivers() == ["alice@example.com", "bob@example.com", "vera@example.com"]
    mails.send(people.household, on=FIRST)
    assert len(mail.outbox) == 3


PREPARE = """
import datetime as dt
from expenses.people.models import Household, Membership
from tests.factories import make_expense
from tests.people import make_household, make_user
household = make_household(make_user("Trial"), "Trial")
today = household.today()
household.month_starts_on = min(today.day, 28)  # the first days of a month, whenever this runs
household.save()
Membership.objects.update(wants_review=True)
before = household.month_of(today).previous
make_expense(household, amount="110", category=household.categories.first(), spent_on=before.start)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def hosted(request, tmp_path):
    """The environment of a site with one review to be mailed."""

    def prepared(url):
        env = servers.hosted(url, ALLOW_SQLITE="1", PYTHONPATH=str(servers.ROOT), SITE_URL="https://b.example.org")
        servers.migrate(url)
        servers.managed("shell", "--no-imports", "-c", PREPARE, env=env)
        return env

    if request.param == "sqlite":
        yield prepared(f"sqlite:///{tmp_path / 'budget.sqlite3'}")
    else:
        with servers.postgres() as server:
            yield prepared(server.url)


@pytest.mark.either
def test_killed_refused_and_at_once_it_is_sent_one_time(hosted):
    box = Postbox(slow=30)
    killed = daily(hosted, box)
    assert box.has_one.wait(300)  # and it waits for the answer
    killed.kill()
    killed.communicate()
    box = Postbox(refusing=1)
    failed = daily(hosted, box)
    _, errors = failed.communicate(timeout=300)
    assert failed.returncode == 1
    assert "Failed: 0 households, 1 mail." in errors

    runs = [daily(hosted, box) for _ in range(2)]

    for each in runs:
        _, errors = each.communicate(timeout=300)
        assert each.returncode == 0, errors
    assert len(box.mails) == 1
    assert b"in review" in box.mails[0]
