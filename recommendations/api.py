"""Which addresses do recommendations and revisits have under /api/v1/?

State moves only through the POST verbs, which call the same actions as the pages.
"""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from audit_trail.models import TrailEntry
from recommendations import actions, revisits
from recommendations import serializers as bodies
from recommendations.filters import RecommendationFilter, RevisitFilter
from recommendations.models import Recommendation, Revisit


class TrailedViewSet(ReadOnlyModelViewSet):
    """Reads that are written in the trail, and verbs that answer with the changed record."""

    serializer_class: type[Serializer]
    list_serializer_class: type[Serializer]

    def get_serializer_class(self):
        return self.list_serializer_class if self.action == "list" else self.serializer_class

    def paginate_queryset(self, queryset):
        page = super().paginate_queryset(queryset)
        TrailEntry.objects.seen(page or [], by=self.request.user)
        return page

    def retrieve(self, request, *args, **kwargs):
        record = self.get_object()
        TrailEntry.objects.seen([record], by=request.user)
        return Response(self.get_serializer(record).data)

    def take(self, function, body_class=None) -> Response:
        """Check the body, take the step, answer with the record as it is now."""
        record = self.get_object()
        said = {}
        if body_class is not None:
            body = body_class(
                data=self.request.data,
                context={**self.get_serializer_context(), "record": record},
            )
            body.is_valid(raise_exception=True)
            said = body.validated_data
        changed = function(record, by=self.request.user, **said)
        return Response(self.serializer_class(changed, context=self.get_serializer_context()).data)


class RecommendationViewSet(TrailedViewSet):
    serializer_class = bodies.RecommendationSerializer
    list_serializer_class = bodies.RecommendationListSerializer
    filterset_class = RecommendationFilter
    queryset = Recommendation.objects.none()

    def get_queryset(self):
        return (
            Recommendation.objects.visible_to(self.request.user)
            .select_related("owner", "evaluation__child")
            .order_by("due_on", "pk")
        )

    @extend_schema(request=bodies.NewRecommendation, responses={201: serializer_class})
    def create(self, request, *args, **kwargs):
        body = bodies.NewRecommendation(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        made = actions.create(by=request.user, **body.validated_data)
        return Response(self.serializer_class(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=bodies.ChangeableWords)
    @action(detail=True, methods=["post"])
    def edit_wording(self, request, pk=None):
        return self.take(actions.edit, bodies.ChangeableWords)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, request, pk=None):
        actions.remove(self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=bodies.Note)
    @action(detail=True, methods=["post"])
    def start(self, request, pk=None):
        return self.take(actions.start, bodies.Note)

    @extend_schema(request=bodies.Progress)
    @action(detail=True, methods=["post"])
    def update_progress(self, request, pk=None):
        return self.take(actions.update_progress, bodies.Progress)

    @extend_schema(request=bodies.Done)
    @action(detail=True, methods=["post"])
    def claim_done(self, request, pk=None):
        return self.take(actions.claim_done, bodies.Done)

    @extend_schema(request=bodies.Note)
    @action(detail=True, methods=["post"])
    def check(self, request, pk=None):
        return self.take(actions.check, bodies.Note)

    @extend_schema(request=bodies.Reason)
    @action(detail=True, methods=["post"])
    def ask_for_more(self, request, pk=None):
        return self.take(actions.ask_for_more, bodies.Reason)

    @extend_schema(request=bodies.NewOwner)
    @action(detail=True, methods=["post"])
    def assign_owner(self, request, pk=None):
        return self.take(actions.assign_owner, bodies.NewOwner)

    @extend_schema(request=bodies.NewDueDate)
    @action(detail=True, methods=["post"])
    def change_due_date(self, request, pk=None):
        return self.take(actions.change_due_date, bodies.NewDueDate)

    @extend_schema(request=bodies.Reason)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk=None):
        return self.take(actions.withdraw, bodies.Reason)

    @extend_schema(request=bodies.Replacement)
    @action(detail=True, methods=["post"])
    def supersede(self, request, pk=None):
        return self.take(actions.supersede, bodies.Replacement)

    @extend_schema(request=bodies.Reason)
    @action(detail=True, methods=["post"])
    def reopen(self, request, pk=None):
        return self.take(actions.reopen, bodies.Reason)


class RevisitViewSet(TrailedViewSet):
    serializer_class = bodies.RevisitSerializer
    list_serializer_class = bodies.RevisitListSerializer
    filterset_class = RevisitFilter
    queryset = Revisit.objects.none()

    def get_queryset(self):
        return (
            Revisit.objects.visible_to(self.request.user)
            .select_related("reviewer", "evaluation__child", "recommendation")
            .order_by("due_on", "pk")
        )

    @extend_schema(request=bodies.Draw, responses=bodies.Drawn)
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def draw(self, request):
        body = bodies.Draw(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return Response(revisits.draw(by=request.user, **body.validated_data))

    @extend_schema(request=bodies.Reviewer)
    @action(detail=True, methods=["post"])
    def allocate(self, request, pk=None):
        return self.take(revisits.allocate, bodies.Reviewer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def start(self, request, pk=None):
        return self.take(revisits.start)

    @extend_schema(request=bodies.Record)
    @action(detail=True, methods=["post"])
    def record(self, request, pk=None):
        return self.take(revisits.record, bodies.Record)


def register(router) -> None:
    """Add this part of the API to the router."""
    router.register("recommendations", RecommendationViewSet, basename="recommendation")
    router.register("revisits", RevisitViewSet, basename="revisit")
