from expenses.people.models import Invitation, Membership
from tests.access import Page


def bobs(people):
    return {"pk": Membership.objects.get(user=people.bob).pk}


def household(people):
    return {"pk": people.household.pk}


def invitation(people):
    return Invitation.objects.create(household=people.household, invited_by=people.alice)


PAGES = [
    Page("settings:household"),
    Page("settings:edit", viewer=403, editor=403),
    Page("settings:edit", "post", {}, {"name": "Ours", "currency": "EUR", "time_zone": "UTC"}, 302, 403, 403, 302),
    Page("settings:open", "post", household, {}, 404, 302, 302, 302),
    Page("settings:members"),
    Page("settings:change_role", "post", bobs, {"role": "viewer"}, 404, 403, 403, 302),
    Page("settings:remove", kwargs=bobs, stranger=404, viewer=403, editor=403),
    Page("settings:remove", "post", bobs, {}, 404, 403, 403, 302),
    Page("settings:leave"),
    # Charlie and Alice are the only owners of their households.
    Page("settings:leave", "post", stranger=422, viewer=302, editor=302, owner=422),
    Page("settings:invite", viewer=403, editor=403),
    Page("settings:invite", "post", {}, {"email": "", "role": "editor"}, 302, 403, 403, 302),
    Page("settings:take_back", "post", lambda people: {"pk": invitation(people).pk}, {}, 404, 403, 403, 302),
    Page("settings:name"),
    Page("settings:name", "post", {}, {"name": "Al"}, 302, 302, 302, 302),
    Page("settings:mail"),
    Page("settings:mail", "post", {}, {"wants_alerts": "on"}, 302, 302, 302, 302),
    # The link is the permission: a stranger who has it may join.
    Page("invitations:show", kwargs=lambda people: {"token": invitation(people).token}, signed_out=200),
    Page("invitations:show", "post", lambda people: {"token": invitation(people).token}, {}, 302, signed_out=200),
]
