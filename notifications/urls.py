"""Which addresses do these pages have?"""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.Inbox.as_view(), name="inbox"),
    path("<int:pk>/open/", views.Open.as_view(), name="open"),
    path("sent/", views.Outbox.as_view(), name="outbox"),
    path("sent/<int:pk>/again/", views.Resend.as_view(), name="resend"),
]
