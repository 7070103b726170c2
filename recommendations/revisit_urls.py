"""Which addresses do the revisit pages have?"""

from django.urls import path

from recommendations import revisit_views

app_name = "revisits"
urlpatterns = [
    path("", revisit_views.RevisitList.as_view(), name="list"),
    path("draw/", revisit_views.DrawPage.as_view(), name="draw"),
    path("<int:pk>/", revisit_views.RevisitPage.as_view(), name="detail"),
    path("<int:pk>/allocate/", revisit_views.AllocatePage.as_view(), name="allocate"),
    path("<int:pk>/start/", revisit_views.StartPage.as_view(), name="start"),
    path("<int:pk>/record/", revisit_views.RecordPage.as_view(), name="record"),
]
