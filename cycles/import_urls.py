"""Which addresses do the pages of imports have? Included in `cycles.urls` at imports/."""

from django.urls import path, re_path

from cycles import import_views as views

urlpatterns = [
    path("", views.Imports.as_view(), name="imports"),
    path("new/", views.Upload.as_view(), name="import_upload"),
    path("<int:pk>/", views.ImportDetail.as_view(), name="import_detail"),
    path("<int:pk>/problems/", views.ImportProblems.as_view(), name="import_problems"),
    path("<int:pk>/names/", views.ImportNames.as_view(), name="import_names"),
    re_path(
        r"^(?P<pk>[0-9]{1,18})/names/(?P<kind>worker|team)/(?P<place>[0-9]{1,6})/$",
        views.ImportName.as_view(),
        name="import_name",
    ),
    path("<int:pk>/apply/", views.ImportApply.as_view(), name="import_apply"),
    path("<int:pk>/discard/", views.ImportDiscard.as_view(), name="import_discard"),
]
