"""Alerts by e-mail: `manage.py daily` sends each round once to each member who wants it."""

import logging
from io import StringIO
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command

from expenses.alerts.models import Alert, AlertMail
from expenses.management.commands import daily
from expenses.people.forms import MailForm
from expenses.people.models import Household, Membership
from expenses.shared.months import Month
from tests.alerts import NOV, set_limit, told
from tests.factories import make_expense, make_occurrence, make_recurring
from tests.people import TODAY, make_household, make_user

SEND = EmailBackend.send_messages


@pytest.fixture(autouse=True)
def with_mail(settings):
    settings.EMAIL_URL = "smtp://localhost"
    settings.SITE_URL = "https://budget.example.org"


@pytest.fixture
def food(people):
    """Food is 18.40 over; Alice and Bob want mail."""
    people.household.memberships.filter(user__in=[people.alice, people.bob]).update(wants_alerts=True)
    set_limit(people.food, "100")
    spend(people.food, "118.40")
    return people.food


def spend(category, amount):
    return make_expense(category.household, amount=amount, category=category)


def run() -> str:
    out = StringIO()
    call_command("daily", stdout=out)
    return out.getvalue()


def receivers() -> list[str]:
    return sorted(message.to[0] for message in mail.outbox)


def break_mail(monkeypatch, *, to=(), fault: Exception):
    """Mails to these addresses fail; to all of them without one."""

    def send(backend, messages):
        if not to or set(to) & {address for message in messages for address in message.to}:
            raise fault
        return SEND(backend, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)


# ── who, when, once ───────────────────────────────────────────────────────────────────────────────


def test_each_round_is_mailed_once_to_those_who_want_it(people, food):
    said = run()

    assert receivers() == ["alice@example.com", "bob@example.com"]
    assert said == "2 households: 0 expenses posted, 1 alert raised, 2 mails sent.\n"
    assert run() == "2 households: 0 expenses posted, 0 alerts raised, 0 mails sent.\n"
    assert len(mail.outbox) == 2


def test_a_second_round_is_mailed_again(people, food):
    run()
    spend(food, "-60")
    run()
    spend(food, "60")

    run()

    assert len(mail.outbox) == 4
    assert Alert.objects.get(threshold=100).round == 2


def test_what_is_no_longer_true_is_not_mailed(people, food):
    daily.look(people.household, on=people.household.today())
    spend(food, "-18.40")  # used up exactly

    run()

    assert mail.outbox == []


def test_what_is_true_again_is_mailed_then(people, food):
    daily.look(people.household, on=people.household.today())
    back = spend(food, "-18.40")
    run()
    back.delete()

    run()

    assert len(mail.outbox) == 2


def test_dismissed_on_a_page_it_is_mailed_all_the_same(client, people, food):
    daily.look(people.household, on=people.household.today())
    client.force_login(people.alice)
    client.post(f"/alerts/{Alert.objects.get(threshold=100).pk}/dismiss/")

    run()

    assert receivers() == ["alice@example.com", "bob@example.com"]


def test_several_are_one_mail(people, food):
    set_limit(people.fun, "100")
    spend(people.fun, "95")

    run()

    assert len(mail.outbox) == 2
    assert mail.outbox[0].subject == "2 categories are over or near their limits"


def test_what_was_near_yesterday_and_is_over_today_is_told_as_over(people, food):
    set_limit(people.fun, "100")
    spend(people.fun, "85")
    run()
    mail.outbox.clear()
    spend(people.fun, "20")

    run()

    assert [message.subject for message in mail.outbox] == ["Fun is over its limit"] * 2


def test_nobody_who_did_not_ask_is_mailed_but_may_ask_later(people, food):
    Membership.objects.update(wants_alerts=False)
    run()
    assert mail.outbox == []
    Membership.objects.filter(user=people.vera).update(wants_alerts=True)

    run()

    assert receivers() == ["vera@example.com"]


def test_who_asks_once_all_others_were_told_hears_of_the_next_round(people, food):
    run()
    Membership.objects.filter(user=people.vera).update(wants_alerts=True)

    run()

    assert "vera@example.com" not in receivers()


def test_who_cannot_sign_in_any_more_is_not_mailed(people, food):
    people.bob.is_active = False
    people.bob.save()

    run()

    assert receivers() == ["alice@example.com"]


def test_a_changed_limit_mails_nobody(client, people):
    Membership.objects.update(wants_alerts=True)
    set_limit(people.food, "200")
    spend(people.food, "90")
    client.force_login(people.alice)
    client.post(f"/budgets/{NOV}/categories/{people.food.pk}/", {"amount": "80", "leftover": "none", "reach": "from"})
    assert told(people.household) != []

    run()

    assert mail.outbox == []


def test_past_months_mail_nobody(people, food, monkeypatch):
    daily.look(people.household, on=people.household.today())
    monkeypatch.setattr(Household, "today", lambda household: Month(2026, 12).start)

    run()

    assert mail.outbox == []


def test_a_stranger_reads_of_his_own_household_only(people, food):
    Membership.objects.update(wants_alerts=True)
    category = people.category("Fun", people.others)
    set_limit(category, "10")
    spend(category, "11")

    run()

    (message,) = [message for message in mail.outbox if message.to == ["charlie@example.com"]]
    assert "Fun is 1.00 over" in message.body
    assert "Food" not in message.body


def test_without_a_mail_server_it_looks_and_sends_nothing(people, food, settings):
    settings.EMAIL_URL = ""

    run()

    assert mail.outbox == []
    assert told(people.household) != []
    settings.EMAIL_URL = "smtp://localhost"
    run()
    assert len(mail.outbox) == 2


def test_what_a_recurring_expense_posted_by_hand_raises_is_mailed(alice, people):
    people.household.memberships.filter(user=people.alice).update(wants_alerts=True)
    set_limit(people.food, "20")
    fields = {"anchor": TODAY, "settled_until": TODAY, "automatic": False, "category": people.food}
    lessons = make_recurring(people.household, "Lessons", "28", **fields)
    make_occurrence(lessons, TODAY)

    alice.post(f"/recurring/{lessons.pk}/{TODAY}/post/")
    run()

    assert told(people.household) == [("Food", 100, -8)]
    assert receivers() == ["alice@example.com"]


# ── when it fails ─────────────────────────────────────────────────────────────────────────────────


def test_who_could_not_be_reached_is_tried_again_and_nobody_else(people, food, monkeypatch, caplog):
    with monkeypatch.context() as broken:
        break_mail(broken, to=["bob@example.com"], fault=SMTPRecipientsRefused({}))
        with pytest.raises(CommandError, match="Failed: 0 households, 1 mail"):
            run()
    assert receivers() == ["alice@example.com"]
    assert Alert.objects.get(threshold=100).emailed_at is None

    run()

    assert receivers() == ["alice@example.com", "bob@example.com"]
    assert Alert.objects.get(threshold=100).emailed_at is not None


@pytest.mark.parametrize(
    "fault", [SMTPServerDisconnected("gone"), TimeoutError(), RuntimeError("odd"), UnicodeError()]
)
def test_a_mail_server_that_is_down_loses_nothing(people, food, monkeypatch, fault, caplog):
    caplog.set_level(logging.ERROR)
    with monkeypatch.context() as broken:
        break_mail(broken, fault=fault)
        for _ in range(2):
            with pytest.raises(CommandError, match="2 mails"):
                run()
    assert not AlertMail.objects.exists()

    run()

    assert receivers() == ["alice@example.com", "bob@example.com"]
    assert "no mail about alerts" in caplog.text


def test_a_broken_household_does_not_stop_the_others(people, food, monkeypatch, caplog):
    later = make_household(make_user("Nina"))
    Membership.objects.filter(user__name="Nina").update(wants_alerts=True)
    category = people.category("Food", later)
    set_limit(category, "10")
    spend(category, "11")
    Household.objects.filter(pk=people.household.pk).update(notices=[{"nonsense": 1}], time_zone="Nowhere/Land")
    monkeypatch.setattr(Household, "today", today_of)
    caplog.set_level(logging.ERROR)

    with pytest.raises(CommandError, match="Failed: 1 household, 0 mails"):
        call_command("daily", stdout=StringIO())

    assert f"household {people.household.pk} has no day" in caplog.text
    assert Alert.objects.filter(household=later).exists()


def today_of(household):
    if household.time_zone == "Nowhere/Land":
        raise KeyError(household.time_zone)
    return TODAY


# ── what it says ──────────────────────────────────────────────────────────────────────────────────


def html_of(message) -> BeautifulSoup:
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    return BeautifulSoup(html, "html.parser")


def test_the_mail_in_plain_text(people, food):
    run()

    message = mail.outbox[0]
    assert message.subject == "Food is over its limit"
    assert message.body == (
        "November 2026 in Alice’s household, amounts in US dollars:\n\n"
        "Food is 18.40 over its limit.\n\n"
        "The month: https://budget.example.org/months/2026-11/\n"
        "You asked for this mail. To stop it: https://budget.example.org/settings/mail/\n\n"
        "Budget Tracker\nhttps://budget.example.org\n"
    )


def test_the_mail_as_html_says_the_same(people, food):
    run()

    html = html_of(mail.outbox[0])
    assert [item.text for item in html.select("li")] == ["Food is 18.40 over its limit."]
    assert [link["href"] for link in html.select("a")] == [
        "https://budget.example.org/months/2026-11/",
        "https://budget.example.org/settings/mail/",
        "https://budget.example.org",
    ]
    assert not html.select("img, script, style, [style]")


def test_without_an_address_of_the_site_there_are_no_links(people, food, settings):
    settings.SITE_URL = ""

    run()

    assert "http" not in mail.outbox[0].body
    assert mail.outbox[0].body.endswith("over its limit.\n\nBudget Tracker\n")
    assert not html_of(mail.outbox[0]).select("a")


def test_a_name_is_text_in_the_mail(people, food):
    food.name = "<b>Food & Co</b>"
    food.save()

    run()

    message = mail.outbox[0]
    assert "<b>Food & Co</b> is 18.40 over its limit." in message.body
    assert "<b>" not in message.alternatives[0][0]
    assert html_of(message).li.text == "<b>Food & Co</b> is 18.40 over its limit."
    assert message.subject == "<b>Food & Co</b> is over its limit"


@pytest.mark.parametrize(
    "name", ["Food\nBcc: evil@example.com", "Food\r\n\r\nHello", "Food\x85\u2028Bcc: evil@example.com"]
)
def test_a_name_written_past_the_forms_adds_no_header(people, food, name):
    type(food).objects.filter(pk=food.pk).update(name=name)

    run()

    message = mail.outbox[0].message()
    assert message["Bcc"] is None
    assert len(mail.outbox[0].subject.splitlines()) == 1
    assert mail.outbox[0].recipients() == ["alice@example.com"]


def test_a_long_name_of_any_letters_arrives(people, food):
    food.name = "Ж" * 50
    food.save()

    run()

    assert mail.outbox[0].message()["Subject"]
    assert "Ж" * 50 in mail.outbox[0].subject


# ── at once, many ─────────────────────────────────────────────────────────────────────────────────


def test_it_costs_three_queries_more_for_a_household_without_a_plan(people, food, django_assert_num_queries):
    run()
    make_household(make_user("Nina"))
    # Households; what is due in each; without a plan, with one and its mails; Nina’s.
    with django_assert_num_queries(1 + 3 + 1 + 2 + 1 + 2):
        run()


def test_households_are_read_some_at_a_time(people, monkeypatch):
    monkeypatch.setattr(daily, "AT_ONCE", 2)
    for number in range(3):
        make_household(people.alice, f"Number {number}")

    assert [household.pk for household in daily.households()] == sorted(Household.objects.values_list("pk", flat=True))


# ── asking for it ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["alice", "bob", "vera"])
def test_every_member_may_ask_for_mail_and_stop_it(client, people, name):
    user = getattr(people, name)
    client.force_login(user)

    asked = client.post("/settings/mail/", {"wants_alerts": "on"}, follow=True)
    assert "Alerts come by e-mail from now on." in asked.text
    assert [member.user for member in people.household.memberships.wanting_alerts()] == [user]
    assert "checked" in client.get("/settings/mail/").text

    client.post("/settings/mail/", {})
    assert not people.household.memberships.wanting_alerts().exists()


def test_the_page_says_where_no_mail_can_be_sent(client, people, settings):
    client.force_login(people.alice)
    assert "cannot send mail" not in client.get("/settings/mail/").text
    settings.EMAIL_URL = ""

    assert "This site cannot send mail" in client.get("/settings/mail/").text
    assert "/settings/mail/" in client.get("/settings/household/").text


def test_asking_for_mail_changes_nothing_else_of_the_membership(client, people, monkeypatch):
    client.force_login(people.bob)
    is_valid = MailForm.is_valid

    def valid_after_somebody_else(form):
        Membership.objects.filter(user=people.bob).update(role="viewer")
        return is_valid(form)

    monkeypatch.setattr(MailForm, "is_valid", valid_after_somebody_else)

    client.post("/settings/mail/", {"wants_alerts": "on"})

    membership = Membership.objects.get(user=people.bob)
    assert (membership.role, membership.wants_alerts) == ("viewer", True)
