from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from expenses.people.access import editor
from expenses.shared.returning import back_of


@require_POST
@editor
def dismiss(request, pk):
    """Show a notice no longer, on any page, to anybody of the household."""
    alert = get_object_or_404(request.household.alerts, pk=pk)
    alert.dismiss(at=timezone.now())
    return redirect(back_of(request, reverse("months:index")))
