"""docs/from-sqlalchemy.md: the script's own session gives here what it should have given, and every name holds."""

import importlib
import re
import uuid
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import resolve

from expenses.budgets import figures
from expenses.budgets.envelope import Leftover, standing
from expenses.budgets.models import Limit, Setting, Transfer
from expenses.categories.models import Category
from expenses.ledger.models import Expense, undo
from expenses.people.models import Household, Role, User
from expenses.shared.months import Month
from expenses.welcome.demo import SAMPLE
from tests.people import TODAY

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "from-sqlalchemy.md").read_text()


# ── the session ───────────────────────────────────────────────────────────────────────────────────


class Session:
    """What the script's tables hold after `seed_data` and its first `create_expense`."""

    def __init__(self):
        self.alice = User.objects.create_user("alice@example.com", name="Alice Smith")
        self.household = Household.objects.create(name="Alice", budget_from=Month(2024, 1))
        self.household.add_member(self.alice, Role.OWNER)
        for name in ("Food", "Transportation", "Entertainment", "Utilities"):
            Category.objects.create(household=self.household, name=name)
        for entry in SAMPLE:
            self.create(entry.category, entry.description, entry.amount, entry.spent_on)
        self.dinner = self.create("Food", "Dinner", Decimal("45.75"), TODAY)

    def category(self, name):
        return self.household.categories.named(name).get()

    def create(self, category, description, amount, spent_on):
        return Expense.objects.create(
            household=self.household,
            category=self.category(category),
            recorded_by=self.alice,
            description=description,
            amount=amount,
            spent_on=spent_on,
        )

    def by_name(self, sums):
        names = dict(self.household.categories.values_list("pk", "name"))
        return {names[pk]: (spent.count, spent.amount) for pk, spent in sums.items()}


@pytest.fixture
def session(db):
    return Session()


def test_all_expenses_are_read_newest_first(session):
    found = [expense.description for expense in session.household.expenses.newest_first()]

    assert found == ["Dinner", "Movie tickets", "Gas", "Lunch at Restaurant", "Groceries at Trader Joe's"]


def test_the_expenses_of_one_category_are_read_newest_first(session):
    found = session.household.expenses.of(session.category("Food")).newest_first()

    assert [expense.description for expense in found] == [
        "Dinner",
        "Lunch at Restaurant",
        "Groceries at Trader Joe's",
    ]


def test_the_summary_of_january_2024(session):
    january = session.household.expenses.in_month(Month(2024, 1)).by_category()

    assert session.by_name(january) == {
        "Food": (2, Decimal("71.25")),
        "Transportation": (1, Decimal("45.00")),
        "Entertainment": (1, Decimal("30.00")),
    }


def test_the_totals_by_category_count_the_dinner(session):
    everything = session.household.expenses.by_category()

    assert session.by_name(everything)["Food"] == (3, Decimal("117.00"))


def test_the_top_expenses_are_the_largest_first(session):
    top = session.household.expenses.largest(limit := 3)

    assert [expense.amount for expense in top] == [Decimal("52.50"), Decimal("45.75"), Decimal("45.00")]
    assert len(top) == limit


def test_an_update_moves_the_dinner_to_another_month_and_category(session):
    session.dinner.category = session.category("Entertainment")
    session.dinner.spent_on = SAMPLE[0].spent_on
    session.dinner.amount = Decimal("47.25")
    session.dinner.save()

    january = session.household.month_totals.filter(month=Month(2024, 1)).by_category()
    assert session.by_name(january)["Entertainment"] == (2, Decimal("77.25"))


def test_a_deleted_dinner_can_come_back(session):
    batch = session.household.expenses.filter(pk=session.dinner.pk).put_aside(by=session.alice)
    without = session.household.expenses.spent()

    undo(session.household, batch)

    assert without == (Decimal("146.25"), 4)
    assert session.household.expenses.newest_first().first() == session.dinner


def test_money_is_exact_where_floats_were_not(session):
    for amount in ("0.10", "0.20"):
        session.create("Utilities", "Stamp", Decimal(amount), TODAY)

    spent = session.household.expenses.of(session.category("Utilities")).spent()

    assert spent.amount == Decimal("0.30")


# ── the document, and the one beside it on how the code works ─────────────────────────────────────

DOCUMENTS = DOCUMENT + (ROOT / "docs" / "architecture.md").read_text()
MENTIONED = sorted(set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", DOCUMENTS, flags=re.S))))


def named(pattern):
    found = [text for text in MENTIONED if re.fullmatch(pattern, text)]
    assert found, f"The documents name nothing like {pattern}"
    return found


@pytest.mark.parametrize("path", named(r"\.?[\w-]+(/[\w.-]*)+|[\w.-]+\.(py|md|txt)"))
def test_a_file_they_mention_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", named(r"expenses(\.\w+)+"))
def test_a_name_they_mention_can_be_imported(name):
    parts = name.split(".")
    depth = next(n for n in range(len(parts), 0, -1) if (ROOT / Path(*parts[:n])).with_suffix(".py").exists())
    found = importlib.import_module(".".join(parts[:depth]))
    for part in parts[depth:]:
        found = getattr(found, part)


@pytest.mark.parametrize("address", named(r"/[\w./-]*"))
def test_an_address_they_mention_is_a_page(address):
    assert address in {"/healthz", "/readyz"} or resolve(address)  # a middleware answers those two


@pytest.mark.parametrize("command", named(r"manage\.py \w+"))
def test_a_command_they_mention_is_there(command):
    assert command.removeprefix("manage.py ") in get_commands()


def test_its_fields_are_those_of_the_expense():
    row = next(line for line in DOCUMENT.splitlines() if "`expenses.ledger.models.Expense`:" in line)
    fields = {field.name for field in Expense._meta.get_fields()}

    mentioned = set(re.findall(r"`(\w+)`", row.split("|")[2]))

    assert mentioned
    assert mentioned <= fields


def test_its_settings_are_in_the_example():
    for name in ("DATABASE_URL", "DB_CONN_MAX_AGE"):
        assert f"`{name}`" in DOCUMENT
        assert name in (ROOT / ".env.example").read_text()


def test_its_session_runs_as_printed(session, capsys):
    code = "".join(re.findall(r"```python\n(.*?)```", DOCUMENT, flags=re.S))
    before = session.household.expenses.count()

    exec(compile(code, "from-sqlalchemy.md", "exec"), {})

    assert session.household.expenses.count() == before
    assert session.household.deletedexpenses.get().amount == Decimal("47.25")
    refused, left = capsys.readouterr().out.splitlines()
    assert refused.startswith("Travel has 70.00 left in ")
    assert [Decimal(amount) for amount in left.split()] == [Decimal(70), Decimal(30)]
    assert [str(move) for move in session.household.transfers.order_by("id")] == [
        "Travel to Books",
        "Books to Travel",
    ]


def test_a_transfer_changes_what_is_left_and_never_what_was_spent(session):
    month = session.household.month_of(TODAY)
    food, fun = session.category("Food"), session.category("Entertainment")
    Limit.set(session.household, month, {food: Setting(Decimal(100), Leftover.SURPLUS)})
    spent = session.household.expenses.by_category()

    Transfer.move(
        household=session.household,
        month=month,
        source=food,
        destination=fun,
        amount=Decimal("54.25"),
        by=session.alice,
        on=TODAY,
        key=uuid.uuid4(),
    )

    left = standing(figures.read(session.household), month).envelopes
    assert (left[food.pk].left, left[fun.pk].left) == (Decimal(0), Decimal("54.25"))
    assert session.household.expenses.by_category() == spent
    assert [(leg.side, leg.size) for leg in session.household.transfer_legs.order_by("side")] == [
        (-1, Decimal("54.25")),
        (1, Decimal("54.25")),
    ]
