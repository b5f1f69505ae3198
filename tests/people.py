"""Alice owns a household, Bob edits in it, Vera only looks; Charlie is a stranger with a household of his own."""

import datetime as dt

from expenses.categories.models import Category
from expenses.people.models import Household, Role, User
from expenses.shared.months import Month

PASSWORD = "correct horse battery"


def make_user(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@example.com", PASSWORD, name=name)


def make_household(owner: User, name: str = "", **fields) -> Household:
    fields.setdefault("budget_from", Month(2024, 1))
    household = Household.objects.create(name=name or f"{owner.name}’s household", **fields)
    household.add_member(owner, Role.OWNER)
    Category.objects.start(household)
    return household


class People:
    """The four, with their households; what a test needs of them is made when it asks."""

    def __init__(self) -> None:
        self.alice = make_user("Alice")
        self.household = make_household(self.alice)
        self.bob = make_user("Bob")
        self.household.add_member(self.bob, Role.EDITOR)
        self.vera = make_user("Vera")
        self.household.add_member(self.vera, Role.VIEWER)
        self.charlie = make_user("Charlie")
        self.others = make_household(self.charlie)

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
