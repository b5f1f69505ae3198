"""Every request knows its household."""

from django.shortcuts import redirect

from expenses.shared.months import Month

# Pages of others that work without a household.
FREE_PREFIXES = ("/accounts/", "/admin/", "/static/")


class HouseholdMiddleware:
    """Sets `request.membership` and `request.household`, leads a new user to the set-up step, and hands each view
    its months with the household's start day, so that none can be forgotten."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        request.membership = getattr(request.user, "membership", None) if request.user.is_authenticated else None
        request.household = request.membership.household if request.membership else None
        if request.household:
            for name, value in kwargs.items():
                if isinstance(value, Month):
                    kwargs[name] = request.household.month(value)
        elif request.user.is_authenticated and not self._free(request, view):
            return redirect("welcome:new")
        return None

    def _free(self, request, view):
        return getattr(view, "without_household", False) or request.path.startswith(FREE_PREFIXES)
