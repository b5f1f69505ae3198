import uuid

from tests.access import Page
from tests.factories import make_expense, make_income, make_method


def expense(people):
    return {"pk": make_expense(people.household).pk}


def method(people):
    return {"pk": make_method(people.household).pk}


def batch(people):
    make_expense(people.household)
    return {"batch": people.household.expenses.all().put_aside(by=people.alice)}


def groceries(people):
    return {"amount": "12.50", "description": "Groceries", "category": people.food.pk, "spent_on": "2026-11-20"}


def income(people):
    return {"pk": make_income(people.household).pk}


SALARY = {"amount": "3240", "description": "Salary", "received_on": "2026-11-20", "plan": "no"}
START = {"pool_from": "2026-11", "there_is": "500"}


def ticked(people):
    return {"do": "delete", "expense": make_expense(people.household).pk}


PAGES = [
    Page("expenses:index"),
    Page("expenses:count"),
    Page("expenses:csv"),
    Page("expenses:xlsx"),
    # A download of ticked expenses writes nothing: a viewer may; of another household's there is nothing in it.
    Page("expenses:csv", "post", data=ticked),
    Page("expenses:new", viewer=403),
    # Charlie names a category of a household that is not his: a fault at the field.
    Page("expenses:new", "post", data=groceries, stranger=422, viewer=403, editor=302, owner=302),
    Page("expenses:show", kwargs=expense, stranger=404),
    Page("expenses:edit", kwargs=expense, stranger=404, viewer=403),
    Page("expenses:edit", "post", expense, groceries, 404, 403, 302, 302),
    Page("expenses:delete", "post", expense, {}, 404, 403, 302, 302),
    Page("expenses:bulk", viewer=403),
    Page("expenses:bulk", "post", data=ticked, stranger=422, viewer=403, editor=302, owner=302),
    Page("expenses:undo", "post", batch, {}, 302, 403, 302, 302),  # to the stranger: "There is nothing left to undo"
    Page("expenses:undo", "post", {"batch": uuid.UUID(int=0)}, {}, 302, 403, 302, 302),
    Page("incomes:index"),
    Page("incomes:csv"),
    Page("incomes:xlsx"),
    Page("incomes:new", viewer=403),
    Page("incomes:new", "post", data=SALARY, stranger=302, viewer=403, editor=302, owner=302),
    Page("incomes:pool", viewer=403),
    Page("incomes:pool", "post", {}, START, 302, 403, 302, 302),
    Page("incomes:edit", kwargs=income, stranger=404, viewer=403),
    Page("incomes:edit", "post", income, SALARY, 404, 403, 302, 302),
    Page("incomes:delete", kwargs=income, stranger=404, viewer=403),
    Page("incomes:delete", "post", income, {}, 404, 403, 302, 302),
    Page("methods:index"),
    Page("methods:new", viewer=403),
    Page("methods:new", "post", data={"name": "Cash"}, stranger=302, viewer=403, editor=302, owner=302),
    Page("methods:edit", kwargs=method, stranger=404, viewer=403),
    Page("methods:edit", "post", method, {"name": "Cash"}, 404, 403, 302, 302),
    Page("methods:archive", "post", method, {}, 404, 403, 302, 302),
    Page("methods:bring_back", "post", method, {}, 404, 403, 302, 302),
    Page("methods:delete", "post", method, {}, 404, 403, 302, 302),
]
