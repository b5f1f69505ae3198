"""One field template, and the pages that allauth brings, in our own look."""

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.urls import reverse

from tests.people import People


class EntryForm(forms.Form):
    amount = forms.CharField(label="Amount", help_text="Like 12.50.")
    category = forms.ChoiceField(choices=[("1", "Food"), ("2", "Fun")])
    kind = forms.ChoiceField(choices=[("a", "Expense"), ("b", "Refund")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Yes, all of them")
    key = forms.CharField(widget=forms.HiddenInput)

    def clean(self):
        if self.cleaned_data.get("category") == "2":
            raise forms.ValidationError("Fun is closed.")


def drawn(form: forms.Form) -> BeautifulSoup:
    return BeautifulSoup(str(form), "html.parser")


def test_every_field_has_a_label_that_names_it():
    html = drawn(EntryForm())

    assert html.find("label", attrs={"for": "id_amount"}).text == "Amount"
    assert html.find("label", attrs={"for": "id_category"})
    assert html.find("legend").text == "Kind"
    assert html.find("label", attrs={"for": "id_sure"}).text == "Yes, all of them"


def test_what_helps_and_what_is_wrong_are_tied_to_the_field():
    html = drawn(EntryForm({"category": "1"}))
    field = html.find(id="id_amount")

    told = [html.find(id=name).get_text(" ", strip=True) for name in field["aria-describedby"].split()]

    assert field["aria-invalid"] == "true"
    assert told[0] == "Like 12.50."
    assert "required" in told[1]


def test_faults_are_summed_on_top_with_links_to_their_fields():
    html = drawn(EntryForm({"category": "1"}))
    summary = html.find(role="alert")

    links = {link["href"]: link.text for link in summary.find_all("a")}

    assert links == {"#id_amount": "Amount", "#id_kind": "Kind", "#id_sure": "Yes, all of them"}
    assert all(html.find(id=href[1:]) for href in links)
    assert "This field is required." in summary.text  # the hidden field's: it has no place of its own


def test_a_fault_of_the_whole_form_stands_on_top():
    html = drawn(EntryForm({"amount": "1", "category": "2", "kind": "a", "sure": "on", "key": "x"}))

    assert html.find(role="alert").get_text(strip=True) == "Fun is closed."


def test_a_form_without_faults_has_no_summary():
    assert drawn(EntryForm()).find(role="alert") is None


def test_what_was_typed_is_shown_as_text():
    html = drawn(EntryForm({"amount": '"><script>alert(1)</script>'}))

    assert html.find("script") is None
    assert html.find(id="id_amount")["value"] == '"><script>alert(1)</script>'


def test_widgets_have_the_look_of_a_field_unless_told_otherwise():
    html = drawn(EntryForm())

    assert html.find(id="id_amount")["class"] == ["input"]
    assert html.find("select")["class"] == ["input"]
    assert html.find("input", type="radio").get("class") is None
    assert html.find("input", type="hidden").get("class") is None


OUTSIDE = ["account_login", "account_signup", "account_reset_password", "account_reset_password_done"]
OUTSIDE += ["account_reset_password_from_key_done", "account_inactive"]
INSIDE = ["account_logout", "account_email", "account_change_password", "mfa_index", "mfa_list_webauthn"]
GUARDED = ["mfa_activate_totp", "mfa_add_webauthn"]


def in_our_look(html: BeautifulSoup) -> None:
    assert html.find("link", rel="stylesheet")["href"].endswith("css/app.css")
    assert len(html.find_all("h1")) == 1
    assert html.title.text.strip().endswith("· Budget Tracker")
    assert not html.find_all(style=True)
    for field in html.select("main input:not([type=hidden])"):
        assert html.find("label", attrs={"for": field["id"]}), field


@pytest.mark.parametrize("name", OUTSIDE)
def test_the_pages_before_signing_in_have_our_look(client, db, name):
    response = client.get(reverse(name))

    assert response.status_code == 200
    in_our_look(BeautifulSoup(response.content, "html.parser"))


@pytest.mark.parametrize("name", INSIDE)
def test_the_pages_of_ones_own_account_have_our_look(client, db, name):
    client.force_login(People().alice)

    response = client.get(reverse(name))

    assert response.status_code == 200
    in_our_look(BeautifulSoup(response.content, "html.parser"))


@pytest.mark.parametrize("name", GUARDED)
def test_what_changes_the_signing_in_asks_once_more_who_it_is(client, db, name):
    client.force_login(People().alice)

    asked = client.get(reverse(name), follow=True)
    client.post(reverse("account_reauthenticate"), {"password": "correct horse battery"})
    opened = client.get(reverse(name))

    in_our_look(BeautifulSoup(asked.content, "html.parser"))
    assert opened.status_code == 200
    in_our_look(BeautifulSoup(opened.content, "html.parser"))


def test_a_wrong_password_is_told_on_top_and_the_address_is_kept(client, db):
    response = client.post(reverse("account_login"), {"login": "alice@example.com", "password": "wrong"})

    html = BeautifulSoup(response.content, "html.parser")
    assert html.find(role="alert")
    assert html.find(id="id_login")["value"] == "alice@example.com"
