"""Which address leads where? Pages at /, the API at /api/v1/."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import TemplateView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from audit_trail.views import Trail
from evaluations.alert_views import RaiseAlert
from trust_qa import health, home
from trust_qa.api_urls import router

public = login_not_required

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("accounts/", include("allauth.urls")),
    path("trail/", Trail.as_view(), name="trail"),
    path("people/", include("accounts.urls")),
    path("", include("cycles.urls")),
    path("cycles/", include("evaluations.planning_urls")),
    path("evaluations/", include("evaluations.urls")),
    path("moderation/", include("moderation.urls")),
    path("recommendations/", include("recommendations.urls")),
    path("revisits/", include("recommendations.revisit_urls")),
    path("notices/", include("notifications.urls")),
    path("safety/", RaiseAlert.as_view(), name="safety"),
    path("help/", public(TemplateView.as_view(template_name="help.html")), name="help"),
    path(
        "accessibility/",
        public(TemplateView.as_view(template_name="accessibility.html")),
        name="accessibility",
    ),
    path("privacy/", public(TemplateView.as_view(template_name="privacy.html")), name="privacy"),
    path("healthz/", public(health.healthz), name="healthz"),
    path("readyz/", public(health.readyz), name="readyz"),
    path("api/v1/", include((router.urls, "api"))),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
]
