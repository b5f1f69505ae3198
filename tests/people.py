"""Alice owns a household, Bob edits in it, Vera only looks; Charlie is a stranger with a household of his own."""

import datetime as dt
import functools

from django.contrib.auth.hashers import make_password

from expenses.categories.models import Category
from expenses.people.models import Household, Membership, Role, User
from expenses.shared.months import Month

PASSWORD = "correct horse battery"
NAMES = ("Alice", "Bob", "Vera", "Charlie")
BEGIN = Month(2024, 1)


@functools.cache
def hashed() -> str:
    return make_password(PASSWORD)


def make_user(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=name)


def make_household(owner: User, name: str = "", **fields) -> Household:
    fields.setdefault("budget_from", BEGIN)
    household = Household.objects.create(name=name or f"{owner.name}’s household", **fields)
    household.add_member(owner, Role.OWNER)
    Category.objects.start(household)
    return household


class People:
    """The four, with their households; what a test needs of them is made when it asks."""

    def __init__(self) -> None:
        # In as few statements as can be, and as the verbs would leave it: most tests begin with these rows.
        self.alice, self.bob, self.vera, self.charlie = User.objects.bulk_create(
            [User(email=f"{name.lower()}@example.com", name=name, password=hashed()) for name in NAMES]
        )
        self.household, self.others = Household.objects.bulk_create(
            [Household(name=f"{owner.name}’s household", budget_from=BEGIN) for owner in (self.alice, self.charlie)]
        )
        roles = {self.alice: Role.OWNER, self.bob: Role.EDITOR, self.vera: Role.VIEWER}
        belong = [Membership(household=self.household, user=user, role=role) for user, role in roles.items()]
        Membership.objects.bulk_create(
            [*belong, Membership(household=self.others, user=self.charlie, role=Role.OWNER)]
        )
        for household in (self.household, self.others):
            Category.objects.start(household)

    def category(self, name: str = "Food", household: Household | None = None) -> Category:
        return (household or self.household).categories.named(name).get()

    @property
    def food(self) -> Category:
        return self.category("Food")

    @property
    def fun(self) -> Category:
        return self.category("Fun")


TODAY = dt.date(2026, 11, 22)


def open_first_page(client) -> None:
    """The first page of a day also asks what is due; those after it, which are counted, do not."""
    assert client.get("/categories/").status_code == 200
