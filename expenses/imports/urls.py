from django.urls import path

from expenses.imports import views

app_name = "imports"

urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("rules/", views.rules, name="rules"),
    path("rules/new/", views.rule_new, name="rule_new"),
    path("rules/<int:pk>/", views.rule_edit, name="rule_edit"),
    path("rules/<int:pk>/move/", views.rule_move, name="rule_move"),
    path("rules/<int:pk>/delete/", views.rule_delete, name="rule_delete"),
    path("<int:pk>/", views.show, name="show"),
    path("<int:pk>/rows.csv", views.export, {"ending": "csv"}, name="csv"),
    path("<int:pk>/rows.xlsx", views.export, {"ending": "xlsx"}, name="xlsx"),
    path("<int:pk>/mapping/", views.mapping, name="mapping"),
    path("<int:pk>/categories/", views.categories, name="categories"),
    path("<int:pk>/choices/", views.choices, name="choices"),
    path("<int:pk>/commit/", views.commit, name="commit"),
    path("<int:pk>/revert/", views.revert, name="revert"),
    path("<int:pk>/discard/", views.discard, name="discard"),
]
