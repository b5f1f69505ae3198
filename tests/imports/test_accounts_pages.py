"""A file with several accounts: each is shown, and goes to a payment method or is left out."""

import pytest
from django.urls import reverse

from expenses.imports.forms.accounts import field_name, proposed_names
from expenses.imports.models import Import, ImportRow
from expenses.imports.saying import account_hash
from expenses.imports.states import State
from expenses.ledger.models import PaymentMethod
from tests.factories import make_method
from tests.imports.test_import_pages import mapping_fields, taken_in, upload

TWO = b"""Date,Payee,Amount,Account
2026-11-03,Corner shop,-12.50,Everyday
2026-11-04,Coffee,-3.20,Everyday
2026-11-05,Employer,1800.00,DE89370400440532013000
2026-11-06,Rent,-900.00,DE89370400440532013000
2026-11-09,Bakery,-4.00,Everyday
"""
EVERYDAY, GIRO = field_name("Everyday"), field_name("DE89370400440532013000")
ACCOUNT = {"account": "3"}  # the column


@pytest.fixture
def alice(client, people):
    client.force_login(people.alice)
    return client


def uploaded(client, data=TWO, **fields):
    response = upload(client, data, **({"payment_method": "", "new_method": ""} | fields))
    assert response.status_code == 302, response.context["form"].errors
    return Import.objects.latest("pk")


def post(client, source, headers=None, **fields):
    fields = mapping_fields(client, source, **(ACCOUNT | fields))
    return client.post(reverse("imports:mapping", args=[source.pk]), fields, headers=headers or {})


def page(client, source):
    return client.get(reverse("imports:mapping", args=[source.pk]))


def rows_of(source):
    return {row.description: row.payment_method.name for row in source.rows.select_related("payment_method")}


# ── what is shown ──


def test_each_account_is_shown_with_its_rows_days_and_sums(alice):
    text = page(alice, uploaded(alice)).content.decode()

    assert "This file has 2 accounts" in text
    assert "DE89370400440532013000" in text
    assert "3 rows" in text
    assert '<time datetime="2026-11-03">' in text
    assert 'value="19.70"' in text
    assert 'value="1800.00"' in text


def test_a_file_with_one_account_has_the_one_field(alice):
    source = uploaded(alice, TWO.replace(b"DE89370400440532013000", b"Everyday"))

    form = page(alice, source).context["form"]

    assert form.accounts == ()
    assert "payment_method" in form.fields


def test_known_accounts_are_chosen_already(alice, people):
    card, giro = make_method(people.household, "everyday"), make_method(people.household, "Giro")
    giro.account_hash = account_hash(people.household, "DE89 3704 0044 0532 0130 00")
    giro.save()

    form = page(alice, uploaded(alice)).context["form"]

    assert form[EVERYDAY].value() == str(card.pk)
    assert form[GIRO].value() == str(giro.pk)


def test_a_name_is_proposed_for_a_new_one_and_no_number_stands_in_it_whole(alice):
    form = page(alice, uploaded(alice)).context["form"]

    assert form[f"{EVERYDAY}-name"].value() == "Everyday"
    assert form[f"{GIRO}-name"].value() == "Account …3000"
    assert proposed_names(["11-2222", "33-2222", ""]) == {
        "11-2222": "Account …112222", "33-2222": "Account …332222", "": "Account",
    }  # fmt: skip


# ── what is chosen ──


def test_each_account_goes_to_its_payment_method(alice, people):
    card = make_method(people.household, "Card")
    source = uploaded(alice)

    response = post(alice, source, **{EVERYDAY: card.pk, GIRO: "new", f"{GIRO}-name": "Giro"})

    source.refresh_from_db()
    assert response.status_code == 302
    assert source.state == State.MAPPED
    assert rows_of(source) == {
        "Corner shop": "Card", "Coffee": "Card", "Bakery": "Card", "Employer": "Giro", "Rent": "Giro",
    }  # fmt: skip


def test_an_account_may_be_left_out_and_is_counted(alice, people):
    card = make_method(people.household, "Card")
    source = uploaded(alice)

    post(alice, source, **{EVERYDAY: card.pk, GIRO: "out"})

    source.refresh_from_db()
    assert set(rows_of(source)) == {"Corner shop", "Coffee", "Bakery"}
    assert "2 of an account that you left out" in alice.get(reverse("imports:show", args=[source.pk])).content.decode()


def test_two_accounts_may_go_to_one_payment_method_also_to_a_new_one(alice, people):
    source = uploaded(alice)

    post(
        alice, source,
        **{EVERYDAY: "new", f"{EVERYDAY}-name": "All", GIRO: "new", f"{GIRO}-name": "all"},
    )  # fmt: skip

    assert set(rows_of(source).values()) == {"All"}
    assert people.household.payment_methods.count() == 1


def test_not_every_account_may_be_left_out(alice, people):
    source = uploaded(alice)

    response = post(alice, source, **{EVERYDAY: "out", GIRO: "out"})

    assert response.status_code == 422
    assert "Every account is left out" in response.content.decode()
    assert not ImportRow.objects.exists()


def test_an_account_nobody_said_anything_of_is_asked_and_nothing_is_made(alice, people):
    make_method(people.household, "Card")
    source = uploaded(alice)

    response = post(alice, source, **{EVERYDAY: "new", f"{EVERYDAY}-name": "Wallet", GIRO: ""})

    assert response.status_code == 422
    assert response.context["form"].errors[GIRO] == [
        "Say which account or card these rows are from, or leave them out."
    ]
    assert response.context["form"][f"{EVERYDAY}-name"].value() == "Wallet"
    assert [method.name for method in PaymentMethod.objects.all()] == ["Card"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 51, "x" * 10_000, "a\x00b", "ﷺ" * 50])
def test_a_bad_name_is_told_at_its_field_and_kept(alice, name):
    source = uploaded(alice)

    response = post(alice, source, **{EVERYDAY: "new", f"{EVERYDAY}-name": name, GIRO: "out"})

    assert response.status_code == 422
    assert f"{EVERYDAY}-name" in response.context["form"].errors
    assert response.context["form"][f"{EVERYDAY}-name"].value() == name
    assert not PaymentMethod.objects.exists()
    assert not ImportRow.objects.exists()


def test_html_in_a_name_is_only_text(alice):
    source = uploaded(alice)

    post(alice, source, **{EVERYDAY: "new", f"{EVERYDAY}-name": "<b>me</b>", GIRO: "out"})

    assert "<b>me</b>" not in page(alice, source).content.decode()


@pytest.mark.parametrize("choice", ["0", "-1", "1e999", "NaN", "x" * 10_000, "<script>", "\x00"])
def test_a_choice_that_is_none_is_told_at_its_field(alice, choice):
    source = uploaded(alice)

    response = post(alice, source, **{EVERYDAY: choice, GIRO: "out"})

    assert response.status_code == 422
    assert EVERYDAY in response.context["form"].errors
    assert not ImportRow.objects.exists()


def test_a_payment_method_of_others_is_none(alice, people):
    theirs = make_method(people.others, "Theirs")
    source = uploaded(alice)

    response = post(alice, source, **{EVERYDAY: theirs.pk, GIRO: "out"})

    assert response.context["form"].errors[EVERYDAY] == [
        "This account or card is not there any more. Choose another one."
    ]


def test_a_payment_method_archived_or_deleted_meanwhile_is_told(alice, people):
    card, giro = make_method(people.household, "Card"), make_method(people.household, "Giro")
    source = uploaded(alice)
    fields = mapping_fields(alice, source, **ACCOUNT, **{EVERYDAY: card.pk, GIRO: giro.pk})
    card.archive(on=people.household.today())
    giro.delete()

    response = alice.post(reverse("imports:mapping", args=[source.pk]), fields)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {EVERYDAY, GIRO}


def test_a_payment_method_whose_rows_wait_is_not_deleted_and_a_sentence_says_so(alice, people):
    card, giro = make_method(people.household, "Card"), make_method(people.household, "Giro")
    source = uploaded(alice)
    post(alice, source, **{EVERYDAY: card.pk, GIRO: giro.pk})

    for method in (card, giro):
        response = alice.post(reverse("methods:delete", args=[method.pk]), follow=True)
        assert response.status_code == 200
        assert "Archive it instead" in response.content.decode()

    assert people.household.payment_methods.count() == 2


# ── again, and the next time ──


def test_what_was_chosen_is_shown_again_and_may_be_changed(alice, people):
    card = make_method(people.household, "Card")
    source = uploaded(alice)
    post(alice, source, **{EVERYDAY: card.pk, GIRO: "out"})

    form = page(alice, source).context["form"]
    post(alice, source, **{EVERYDAY: "out", GIRO: card.pk})

    assert (form[EVERYDAY].value(), form[GIRO].value()) == (str(card.pk), "out")
    assert set(rows_of(source)) == {"Employer", "Rent"}


def test_the_next_file_knows_the_accounts(alice, people):
    card, giro = make_method(people.household, "Card"), make_method(people.household, "Giro")
    taken_in(alice, people, TWO, **ACCOUNT, **{EVERYDAY: card.pk, GIRO: giro.pk})

    form = page(alice, uploaded(alice, TWO.replace(b"-11-", b"-12-"))).context["form"]

    assert (form[EVERYDAY].value(), form[GIRO].value()) == (str(card.pk), str(giro.pk))


def test_the_accounts_follow_the_column_with_and_without_script(alice, people):
    source = uploaded(alice)

    none = post(alice, source, headers={"HX-Request": "true"}, account="")
    again = post(alice, source, look="1", account="3")
    by_payee = post(alice, source, headers={"HX-Request": "true"}, account="1")

    assert [len(response.context["form"].accounts) for response in (none, again, by_payee)] == [0, 2, 5]
    assert not ImportRow.objects.exists()


def test_a_column_that_names_too_many_accounts_is_none(alice, people):
    lines = "\n".join(f"2026-11-03,Shop {n},-1.00,Card" for n in range(60))
    source = uploaded(alice, f"Date,Payee,Amount,Account\n{lines}\n".encode())

    response = post(alice, source, account="1")

    assert response.status_code == 422
    assert response.context["form"].errors["account"] == [
        "The rows name 60 accounts, and at most 50 can be told apart."
    ]


def test_a_double_click_makes_one_payment_method_and_reads_once(alice, people):
    source = uploaded(alice)
    fields = {EVERYDAY: "new", f"{EVERYDAY}-name": "Card", GIRO: "out"}

    post(alice, source, **fields)
    post(alice, source, **fields)

    assert people.household.payment_methods.count() == 1
    assert source.rows.count() == 3


def test_a_page_of_many_accounts_asks_the_database_no_more(alice, people, django_assert_max_num_queries):
    lines = "\n".join(f"2026-11-03,Shop,-1.00,Account {n}" for n in range(40))
    source = uploaded(alice, f"Date,Payee,Amount,Account\n{lines}\n".encode())
    for n in range(20):
        make_method(people.household, f"Account {n}")
    url = reverse("imports:mapping", args=[source.pk])

    with django_assert_max_num_queries(8):
        assert alice.get(url).status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("DE89 3704 0044 0532 0130 00", "de89370400440532013000", True),
        ("NL91ABNA0417164300", "NL91ABNA0417164300EUR", True),
        ("NL91ABNA0417164300", "NL91ABNA0417164301", False),
        ("517852257EUR", "517852257", False),
    ],
)
def test_an_account_is_known_again_however_it_is_written(people, one, other, same):
    assert (account_hash(people.household, one) == account_hash(people.household, other)) == same
