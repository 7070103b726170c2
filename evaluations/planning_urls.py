"""Which addresses do the planning pages have? Under /cycles/."""

from django.urls import path

from evaluations import planning_views as views

app_name = "planning"
urlpatterns = [
    path("<int:pk>/evaluations/plan/", views.CreateFromSample.as_view(), name="create"),
    path("<int:pk>/allocate/", views.Allocation.as_view(), name="allocation"),
    path("<int:cycle_pk>/allocate/<int:pk>/", views.AllocateOne.as_view(), name="allocate"),
    path("<int:cycle_pk>/take-out/<int:pk>/", views.Eliminate.as_view(), name="eliminate"),
    path("<int:cycle_pk>/replace/<int:pk>/", views.Replace.as_view(), name="replace"),
]
