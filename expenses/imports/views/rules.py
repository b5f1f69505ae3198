"""Rules: what becomes of rows whose text, amount and account fit."""

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from expenses.imports import ruling
from expenses.imports.forms.rules import RuleForm, given_by
from expenses.imports.models import CategoryRule, ImportRow
from expenses.people.access import editor
from expenses.shared.forms import posted
from expenses.shared.messages import say
from expenses.shared.returning import back_of, leading_back


def rules(request):
    """All of them, in the order in which they are tried."""
    found = request.household.category_rules.in_order().with_names()
    return render(request, "imports/rules.html", {"rules": found})


@editor
def rule_new(request):
    """`?row=` makes it from a row of the check page, which then follows it."""
    row = _row(request)
    return _written(request, CategoryRule(), row=row, initial=given_by(row) if row else None)


@editor
def rule_edit(request, pk):
    return _written(request, get_object_or_404(request.household.category_rules, pk=pk))


def _written(request, rule, *, row=None, initial=None):
    typed = request.GET if request.method == "GET" and "look" in request.GET else posted(request)
    form = RuleForm(typed, household=request.household, instance=rule, initial=initial)
    back, at = back_of(request, reverse("imports:rules")), f"#row-{row.pk}" if row else ""
    if request.method == "POST" and "look" not in request.POST and form.is_valid():
        said, batch = form.save_as(request.user, at=timezone.now(), row=row)
        say(request, said, undo=leading_back(reverse("expenses:undo", args=[batch]), back) if batch else "")
        return redirect(f"{back}{at}")
    context = {"form": form, "rule": rule, "row": row, "back": back, "at": at, "tried": form.trial()}
    refused = request.method == "POST" and form.errors
    return render(request, "imports/rule.html", context, status=422 if refused else 200)


def _row(request) -> ImportRow | None:
    text = request.GET.get("row", "")
    if not text:
        return None
    rows = request.household.import_rows.select_related("source__household")
    return get_object_or_404(rows, pk=text if text.isascii() and text.isdigit() and len(text) < 19 else 0)


@require_POST
@editor
def rule_move(request, pk):
    rule = get_object_or_404(request.household.category_rules, pk=pk)
    ruling.move(rule, up=request.POST.get("to") == "up")
    return redirect("imports:rules")


@editor
def rule_delete(request, pk):
    rule = get_object_or_404(request.household.category_rules.with_names(), pk=pk)
    if request.method == "POST":
        rule.delete()
        say(request, "The rule is gone. What it decided stays as it is.")
        return redirect("imports:rules")
    return render(request, "imports/rule_delete.html", {"rule": rule})
