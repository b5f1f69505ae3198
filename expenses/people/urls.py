from django.urls import path

from expenses.people import views

app_name = "settings"

invitations = ([path("<slug:token>/", views.invitation, name="show")], "invitations")

urlpatterns = [
    path("household/", views.household, name="household"),
    path("household/edit/", views.edit, name="edit"),
    path("households/<int:pk>/open/", views.open_household, name="open"),
    path("members/", views.members, name="members"),
    path("members/invite/", views.invite, name="invite"),
    path("members/<int:pk>/role/", views.change_role, name="change_role"),
    path("members/<int:pk>/remove/", views.remove, name="remove"),
    path("members/leave/", views.leave, name="leave"),
    path("invitations/<int:pk>/take-back/", views.take_back, name="take_back"),
    path("name/", views.name, name="name"),
    path("mail/", views.mail, name="mail"),
]
