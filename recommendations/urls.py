"""Which addresses do these pages have?"""

from django.urls import path

from recommendations import views, writing_views

app_name = "recommendations"
urlpatterns = [
    path("", views.RecommendationList.as_view(), name="list"),
    path("mine/", views.Mine.as_view(), name="mine"),
    path("to-check/", views.ToCheck.as_view(), name="to_check"),
    path("for/<int:evaluation_pk>/", writing_views.WritingPage.as_view(), name="write"),
    path(
        "for/<int:evaluation_pk>/<int:recommendation_pk>/edit/",
        writing_views.EditPage.as_view(),
        name="edit",
    ),
    path(
        "for/<int:evaluation_pk>/<int:recommendation_pk>/remove/",
        writing_views.Remove.as_view(),
        name="remove",
    ),
    path("<int:pk>/", views.RecommendationPage.as_view(), name="detail"),
    path("<int:pk>/update/", views.UpdatePage.as_view(), name="update"),
    path("<int:pk>/check/", views.CheckPage.as_view(), name="check"),
    path("<int:pk>/assign-owner/", views.AssignOwner.as_view(), name="assign_owner"),
    path("<int:pk>/change-due-date/", views.ChangeDueDate.as_view(), name="change_due_date"),
    path("<int:pk>/withdraw/", views.Withdraw.as_view(), name="withdraw"),
    path("<int:pk>/supersede/", views.Supersede.as_view(), name="supersede"),
    path("<int:pk>/reopen/", views.Reopen.as_view(), name="reopen"),
]
