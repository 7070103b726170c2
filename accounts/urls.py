"""Which addresses do the pages about people have?"""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.People.as_view(), name="people"),
    path("add/", views.AddPerson.as_view(), name="add"),
    path("import/", views.ImportStaff.as_view(), name="import"),
    path("teams/add/", views.AddTeam.as_view(), name="add_team"),
    path("<int:pk>/", views.Person.as_view(), name="person"),
    path("<int:pk>/change/", views.ChangePerson.as_view(), name="change"),
    path("<int:pk>/away/", views.SetAway.as_view(), name="away"),
    path("<int:pk>/roles/", views.GrantRole.as_view(), name="grant_role"),
    path("<int:pk>/roles/<int:grant>/end/", views.EndRole.as_view(), name="end_role"),
]
