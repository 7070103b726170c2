"""Which addresses does moderation have under /api/v1/?"""

from __future__ import annotations

from django.db.models import Case, Prefetch, Value, When
from django.shortcuts import get_object_or_404
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from audit_trail.models import TrailEntry
from moderation import actions, panels
from moderation import serializers as ours
from moderation.filters import CaseFilter, PanelFilter
from moderation.models import ModerationCase, Panel
from moderation.showing import showing
from moderation.views import cases
from workflow import access


class Verbs(GenericViewSet):
    """Lists and details with a trail; verbs as POST."""

    def body(self, request) -> dict:
        sent = self.get_serializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return dict(sent.validated_data)


class CaseViewSet(Verbs):
    """Moderation cases: what one may see of each, and the verbs of the pages."""

    queryset = ModerationCase.objects.none()
    serializer_class = ours.CaseRowSerializer
    filterset_class = CaseFilter

    def get_queryset(self):
        user = self.request.user
        if not user.is_authenticated:
            return ModerationCase.objects.none()
        return cases().visible_to(user).as_seen_by(user).order_by("-pk")

    def list(self, request):
        """Every case one may know of, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        TrailEntry.objects.seen(page, by=request.user)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def _show(self, case) -> Response:
        case = get_object_or_404(self.get_queryset(), pk=case.pk)
        return Response(ours.CaseSerializer(showing(case, self.request.user)).data)

    def retrieve(self, request, pk=None):
        """One case."""
        case = self.get_object()
        TrailEntry.objects.seen([case], by=request.user)
        return self._show(case)

    @action(detail=True, methods=["post"], serializer_class=ours.AssignSerializer)
    def assign(self, request, pk=None):
        """Give it to moderators: those named, or those suggested."""
        people = self.body(request).get("moderators")
        return self._show(actions.assign(self.get_object(), by=request.user, people=people))

    @action(
        detail=True,
        methods=["post"],
        url_path="replace-moderator",
        serializer_class=ours.ReplaceSerializer,
    )
    def replace_moderator(self, request, pk=None):
        """Give a moderator's seat to another."""
        return self._show(
            actions.replace_moderator(self.get_object(), by=request.user, **self.body(request))
        )

    @action(
        detail=True,
        methods=["post"],
        url_path="save-grades",
        serializer_class=ours.SaveGradesSerializer,
    )
    def save_grades(self, request, pk=None):
        """Keep one's own grades as a draft."""
        body = self.body(request)
        grades = {one["key"]: dict(one) for one in body["grades"]}
        case = self.get_object()
        actions.save_grades(
            case,
            by=request.user,
            version=body["version"],
            grades=grades,
            recognised=body.get("recognised"),
        )
        return self._show(case)

    @action(
        detail=True,
        methods=["post"],
        url_path="lock-grades",
        serializer_class=ours.LockSerializer,
    )
    def lock_grades(self, request, pk=None):
        """Send one's own grades. They never change again."""
        return self._show(actions.lock_grades(self.get_object(), by=request.user))

    @action(detail=True, methods=["post"], serializer_class=ours.AgreeSerializer)
    def agree(self, request, pk=None):
        """Say yes to the grades talked through, or write them down anew."""
        body = self.body(request)
        grades = body.get("grades")
        if grades is not None:
            grades = {one["key"]: {k: v for k, v in one.items() if k != "key"} for one in grades}
        return self._show(
            actions.agree(
                self.get_object(), by=request.user, version=body["version"], grades=grades
            )
        )

    @action(detail=True, methods=["post"], serializer_class=ours.ReferSerializer)
    def refer(self, request, pk=None):
        """Send it to a panel."""
        return self._show(actions.refer(self.get_object(), by=request.user, **self.body(request)))

    @action(
        detail=True,
        methods=["post"],
        url_path="put-on-panel",
        serializer_class=ours.PutOnPanelSerializer,
    )
    def put_on_panel(self, request, pk=None):
        """Put it on a panel's agenda."""
        return self._show(
            panels.put_on_panel(self.get_object(), by=request.user, **self.body(request))
        )


class PanelViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Verbs):
    """Panels one sits on; for the Practice Hub, all."""

    queryset = Panel.objects.none()
    serializer_class = ours.PanelSerializer
    filterset_class = PanelFilter

    def get_queryset(self):
        user = self.request.user
        if not user.is_authenticated:
            return Panel.objects.none()
        seen = ModerationCase.objects.visible_to(user).order_by("pk")
        minutes = Panel.objects.permitted(user, "panel.view_minutes").values("pk")
        return (
            Panel.objects.visible_to(user)
            .annotate(
                minutes_open=Case(When(pk__in=minutes, then=Value(True)), default=Value(False))
            )
            .select_related("chair")
            .prefetch_related(
                "members__member", Prefetch("cases", queryset=seen, to_attr="visible_cases")
            )
            .order_by("-meets_at", "-pk")
        )

    def _show(self, panel, status=200) -> Response:
        panel = get_object_or_404(self.get_queryset(), pk=panel.pk)
        return Response(ours.PanelSerializer(panel).data, status=status)

    @action(detail=False, methods=["post"], serializer_class=ours.ScheduleSerializer)
    def schedule(self, request):
        """Call a panel."""
        access.check(request.user, "panel.schedule")
        return self._show(panels.schedule(by=request.user, **self.body(request)), status=201)

    @action(detail=True, methods=["post"], serializer_class=ours.OpenSerializer)
    def open(self, request, pk=None):
        """Open it with those present."""
        return self._show(
            panels.open_panel(self.get_object(), by=request.user, **self.body(request))
        )

    @action(detail=True, methods=["post"], serializer_class=ours.DecideSerializer)
    def decide(self, request, pk=None):
        """Record the panel's grade for one judgement of a case on its agenda."""
        panel = self.get_object()
        body = self.body(request)
        seen = ModerationCase.objects.visible_to(request.user).filter(panel=panel)
        case = get_object_or_404(seen, pk=body.pop("case"))
        panels.decide(case, by=request.user, **body)
        return self._show(panel)

    @action(detail=True, methods=["post"], serializer_class=ours.SignSerializer)
    def sign(self, request, pk=None):
        """Sign the minutes: the panel is closed."""
        return self._show(panels.sign(self.get_object(), by=request.user, **self.body(request)))


def register(router) -> None:
    """Add this part of the API to the router."""
    router.register("moderation-cases", CaseViewSet, basename="moderation-case")
    router.register("panels", PanelViewSet, basename="panel")
