"""What each template knows about who is looking."""

from django.conf import settings


def household(request):
    # An address that no view answers reaches its 404 page without the middleware's look at who asks.
    membership = getattr(request, "membership", None) or getattr(getattr(request, "user", None), "membership", None)
    return {
        "household": membership.household if membership else None,
        "membership": membership,
        "sends_mail": bool(settings.EMAIL_URL),
    }
