"""Which addresses do cycles and children have under /api/v1/?"""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from audit_trail.models import TrailEntry
from cycles import actions
from cycles.filters import ChildFilter, CycleFilter
from cycles.models import ChildRecord, Cycle
from cycles.serializers import (
    AddToSampleSerializer,
    ChildSerializer,
    CycleSerializer,
    LookUpSerializer,
    NothingSerializer,
    RevealSerializer,
    SampleSerializer,
)
from workflow import access


class CycleViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, GenericViewSet
):
    """Cycles: plan one, draw its sample, open it, start moderating, close it."""

    serializer_class = CycleSerializer
    filterset_class = CycleFilter
    queryset = Cycle.objects.none()

    def get_queryset(self):
        return Cycle.objects.visible_to(self.request.user).order_by("-starts_on", "pk")

    def create(self, request, *args, **kwargs):
        access.check(request.user, "cycle.create_edit")
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer):
        fields = serializer.validated_data
        serializer.instance = actions.plan_cycle(by=self.request.user, **fields)

    def _take(self, step):
        cycle = step(self.get_object(), by=self.request.user)
        return Response(self.get_serializer(cycle).data)

    @extend_schema(request=NothingSerializer, responses=CycleSerializer)
    @action(detail=True, methods=["post"], url_path="open")
    def open_cycle(self, request, pk=None):
        """Open a planned cycle."""
        return self._take(actions.open_cycle)

    @extend_schema(request=NothingSerializer, responses=CycleSerializer)
    @action(detail=True, methods=["post"])
    def start_moderating(self, request, pk=None):
        """Say that panels have begun."""
        return self._take(actions.start_moderating)

    @extend_schema(request=NothingSerializer, responses=CycleSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request, pk=None):
        """Close a cycle whose evaluations are all final or eliminated."""
        return self._take(actions.close_cycle)

    @extend_schema(request=NothingSerializer, responses=SampleSerializer)
    @action(detail=True, methods=["post"])
    def draw_sample(self, request, pk=None):
        """Draw the sample, or draw it again while no evaluation has been planned."""
        sample = actions.draw_sample(self.get_object(), by=request.user)
        return Response(SampleSerializer(sample).data)

    @extend_schema(request=AddToSampleSerializer, responses={201: None})
    @action(detail=True, methods=["post"])
    def add_to_sample(self, request, pk=None):
        """Add a child on purpose, with the reason."""
        cycle = self.get_object()
        access.check(request.user, "cycle.draw_sample", cycle)
        body = AddToSampleSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        actions.add_to_sample(cycle, by=request.user, **body.validated_data)
        return Response(status=status.HTTP_201_CREATED)


class ChildViewSet(ReadOnlyModelViewSet):
    """Children's records; every one shown is in the trail."""

    serializer_class = ChildSerializer
    filterset_class = ChildFilter
    queryset = ChildRecord.objects.none()

    def get_queryset(self):
        return (
            ChildRecord.objects.visible_to(self.request.user)
            .select_related("team")
            .with_worker_known_to(self.request.user)
            .order_by("reference")
        )

    def paginate_queryset(self, queryset):
        page = super().paginate_queryset(queryset)
        TrailEntry.objects.seen(page or [], by=self.request.user)
        return page

    def retrieve(self, request, *args, **kwargs):
        child = self.get_object()
        TrailEntry.objects.seen([child], by=request.user)
        return Response(self.get_serializer(child).data)

    @extend_schema(request=RevealSerializer, responses=LookUpSerializer)
    @action(detail=True, methods=["post"])
    def reveal_identifier(self, request, pk=None):
        """Show the identifier in the case system, with a reason where the role needs one."""
        child = self.get_object()
        access.check(request.user, "child.reveal_identifier", child)
        body = RevealSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        identifier = actions.reveal_identifier(child, by=request.user, **body.validated_data)
        return Response({"identifier": identifier})

    @extend_schema(request=LookUpSerializer, responses=ChildSerializer)
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def look_up(self, request):
        """Find a child by the whole identifier; the same 404 for absent and not yours."""
        access.check(request.user, "child.lookup_exact_id")
        body = LookUpSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            found = actions.look_up(body.validated_data["identifier"], by=request.user)
        except actions.TooManyLookUps as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_429_TOO_MANY_REQUESTS)
        child = self.get_queryset().filter(pk=found.pk).first() if found else None
        if child is None:
            return Response(
                {"detail": "We hold no child with this identifier for you to see."},
                status=status.HTTP_404_NOT_FOUND,
            )
        return Response(self.get_serializer(child).data)


def register(router) -> None:
    """Add this part of the API to the router."""
    router.register("cycles", CycleViewSet, basename="cycle")
    router.register("children", ChildViewSet, basename="child")
