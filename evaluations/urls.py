"""Which addresses do these pages have?"""

from django.urls import include, path

from evaluations import alert_views, views

app_name = "evaluations"
urlpatterns = [
    path("", views.EvaluationList.as_view(), name="list"),
    path("shared/", views.EvaluationList.as_view(), name="shared"),
    path("alerts/", alert_views.AlertList.as_view(), name="alerts"),
    path("alerts/<int:pk>/", alert_views.AlertDetail.as_view(), name="alert"),
    path(
        "alerts/<int:pk>/acknowledge/",
        alert_views.Acknowledge.as_view(),
        name="alert_acknowledge",
    ),
    path(
        "alerts/<int:pk>/record-action/",
        alert_views.RecordAction.as_view(),
        name="alert_record_action",
    ),
    path("alerts/<int:pk>/close/", alert_views.CloseAlert.as_view(), name="alert_close"),
    path("<int:pk>/", views.Detail.as_view(), name="detail"),
    path("<int:pk>/accept/", views.Accept.as_view(), name="accept"),
    path("<int:pk>/declare-conflict/", views.DeclareConflict.as_view(), name="declare_conflict"),
    path("<int:pk>/conversation/", views.RecordConversation.as_view(), name="conversation"),
    path("<int:pk>/invite-to-reflect/", views.InviteToReflect.as_view(), name="invite_reflection"),
    path("<int:pk>/prepare/", views.Prepare.as_view(), name="prepare"),
    path("<int:pk>/reflect/", views.Reflect.as_view(), name="reflect"),
    path("<int:pk>/extend/", views.Extend.as_view(), name="extend"),
    path("<int:pk>/return/", views.ReturnToDraft.as_view(), name="return_to_draft"),
    path(
        "<int:pk>/accept-unmoderated/",
        views.AcceptUnmoderated.as_view(),
        name="accept_unmoderated",
    ),
    path("<int:pk>/check-third-party/", views.CheckThirdParty.as_view(), name="check_third_party"),
    path("<int:pk>/release/", views.ApproveShare.as_view(), name="approve_share"),
    path("<int:pk>/reply/", views.Reply.as_view(), name="reply"),
    path(
        "<int:pk>/supervision/",
        views.TableInSupervision.as_view(),
        name="table_in_supervision",
    ),
    path("<int:pk>/close/", views.Close.as_view(), name="close"),
    path("<int:pk>/who-said-what/", views.Attribution.as_view(), name="attribution"),
    path("", include("evaluations.form_urls")),
]
