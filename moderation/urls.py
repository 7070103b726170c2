"""Which addresses do these pages have?"""

from django.urls import path

from moderation import panel_views, views

app_name = "moderation"
urlpatterns = [
    path("", views.CaseList.as_view(), name="list"),
    path("cases/<int:pk>/", views.CasePage.as_view(), name="case"),
    path("cases/<int:pk>/evidence/", views.EvidencePage.as_view(), name="evidence"),
    path("cases/<int:pk>/grade/", views.GradePage.as_view(), name="grade"),
    path("cases/<int:pk>/send/", views.SendPage.as_view(), name="send"),
    path("cases/<int:pk>/assign/", views.AssignPage.as_view(), name="assign"),
    path("cases/<int:pk>/replace/<int:seat>/", views.ReplacePage.as_view(), name="replace"),
    path("cases/<int:pk>/talk/", views.TalkPage.as_view(), name="talk"),
    path("cases/<int:pk>/agree/", views.AgreePage.as_view(), name="agree"),
    path("cases/<int:pk>/refer/", views.ReferPage.as_view(), name="refer"),
    path("cases/<int:pk>/agenda/", views.AgendaPage.as_view(), name="agenda"),
    path("cases/<int:pk>/decide/<slug:key>/", panel_views.DecidePage.as_view(), name="decide"),
    path("panels/", panel_views.PanelList.as_view(), name="panels"),
    path("panels/new/", panel_views.SchedulePage.as_view(), name="schedule"),
    path("panels/<int:pk>/", panel_views.PanelPage.as_view(), name="panel"),
    path("panels/<int:pk>/change/", panel_views.ChangePanelPage.as_view(), name="change_panel"),
    path("panels/<int:pk>/open/", panel_views.OpenPage.as_view(), name="open"),
    path("panels/<int:pk>/sign/", panel_views.SignPage.as_view(), name="sign"),
]
