import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile

from expenses.imports.models import Import
from tests.access import Page
from tests.factories import make_method, make_rule
from tests.people import TODAY

STATEMENT = b"Date,Payee,Amount\n2026-11-03,Shop,-12.50\n"
AT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def uploaded(people):
    source = Import.upload(
        household=people.household,
        file_name="november.csv",
        data=STATEMENT,
        by=people.alice,
        at=AT,
        payment_method=make_method(people.household, "Card"),
    )
    return {"pk": source.pk}


def mapped(people):
    source = Import.objects.get(**uploaded(people))
    source.read_with(source.reading, payment_method=source.payment_method, at=AT, today=TODAY)
    source.choose_among(source.rows.all(), category=people.food)
    return {"pk": source.pk}


def committed(people):
    source = Import.objects.get(**mapped(people))
    source.commit(by=people.alice, at=AT)
    return {"pk": source.pk}


def with_categories(people):
    data = b"Date,Payee,Amount,Category\n2026-11-03,Shop,-12.50,Shopping\n2026-11-04,Film,-9.00,Food\n"
    source = Import.upload(
        household=people.household,
        file_name="categories.csv",
        data=data,
        by=people.alice,
        at=AT,
        payment_method=make_method(people.household, "Card"),
    )
    source.read_with(source.reading, payment_method=source.payment_method, at=AT, today=TODAY)
    return {"pk": source.pk}


def a_file(people):
    return {"file": SimpleUploadedFile("november.csv", STATEMENT)}


def a_rule(people):
    return {"pk": make_rule(people.household, "corner", category=people.food).pk}


RULE = {"matching": "contains", "text": "corner shop", "leave_out": "yes"}


PAGES = [
    Page("imports:rules"),
    Page("imports:rule_new", viewer=403),
    Page("imports:rule_new", "post", data=RULE, stranger=302, viewer=403, editor=302, owner=302),
    Page("imports:rule_edit", kwargs=a_rule, stranger=404, viewer=403),
    Page("imports:rule_edit", "post", a_rule, RULE, 404, 403, 302, 302),
    Page("imports:rule_move", "post", a_rule, {"to": "up"}, 404, 403, 302, 302),
    Page("imports:rule_delete", kwargs=a_rule, stranger=404, viewer=403),
    Page("imports:rule_delete", "post", a_rule, {}, 404, 403, 302, 302),
    Page("imports:index"),
    Page("imports:new", viewer=403),
    Page("imports:new", "post", data=a_file, stranger=302, viewer=403, editor=302, owner=302),
    Page("imports:show", kwargs=mapped, stranger=404),
    Page("imports:show", kwargs=committed, stranger=404),
    Page("imports:show", kwargs=uploaded, stranger=404, editor=302, owner=302),
    Page("imports:csv", kwargs=committed, stranger=404),
    Page("imports:xlsx", kwargs=mapped, stranger=404),
    Page("imports:mapping", kwargs=uploaded, stranger=404, viewer=403),
    Page("imports:mapping", "post", kwargs=uploaded, stranger=404, viewer=403, editor=422, owner=422),
    Page("imports:categories", kwargs=with_categories, stranger=404, viewer=403),
    Page("imports:categories", "post", with_categories, {}, 404, 403, 302, 302),
    Page("imports:choices", "post", mapped, {"do": "save"}, 404, 403, 302, 302),
    Page("imports:commit", "post", mapped, {}, 404, 403, 302, 302),
    Page("imports:revert", kwargs=committed, stranger=404, viewer=403),
    Page("imports:revert", "post", committed, {}, 404, 403, 302, 302),
    Page("imports:discard", "post", mapped, {}, 404, 403, 302, 302),
]
