"""Which addresses do these pages have?"""

from django.urls import include, path

from cycles import child_views, views

app_name = "cycles"
urlpatterns = [
    path("cycles/", views.CycleList.as_view(), name="list"),
    path("cycles/plan/", views.PlanCycle.as_view(), name="plan"),
    path("cycles/<int:pk>/", views.CyclePage.as_view(), name="detail"),
    path("cycles/<int:pk>/edit/", views.EditCycle.as_view(), name="edit"),
    path("cycles/<int:pk>/open/", views.OpenCycle.as_view(), name="open"),
    path(
        "cycles/<int:pk>/start-moderating/",
        views.StartModerating.as_view(),
        name="start_moderating",
    ),
    path("cycles/<int:pk>/close/", views.CloseCycle.as_view(), name="close"),
    path("cycles/<int:pk>/sample/", views.SamplePage.as_view(), name="sample"),
    path("cycles/<int:pk>/sample/draw/", views.DrawSample.as_view(), name="draw_sample"),
    path("cycles/<int:pk>/sample/add/", views.AddToSample.as_view(), name="add_to_sample"),
    path("children/", child_views.ChildList.as_view(), name="children"),
    path("children/look-up/", child_views.LookUp.as_view(), name="look_up"),
    path("children/<int:pk>/", child_views.ChildPage.as_view(), name="child"),
    path("children/<int:pk>/reveal/", child_views.RevealIdentifier.as_view(), name="reveal"),
    path("imports/", include("cycles.import_urls")),
]
