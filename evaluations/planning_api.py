"""How does the API plan a cycle's evaluations? Under /api/v1/planning/<cycle>/."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from cycles.models import Cycle
from cycles.serializers import NothingSerializer
from evaluations import planning
from workflow import access

PLANNED = inline_serializer(
    "PlannedEvaluation",
    {"id": serializers.IntegerField(), "reference": serializers.CharField()},
    many=True,
)
SUGGESTED = inline_serializer(
    "SuggestedEvaluator",
    {
        "evaluation": serializers.IntegerField(),
        "reference": serializers.CharField(),
        "evaluator": serializers.IntegerField(allow_null=True),
    },
    many=True,
)


class PlanningViewSet(GenericViewSet):
    """A cycle's evaluations before they have an evaluator."""

    queryset = Cycle.objects.none()
    serializer_class = NothingSerializer
    filterset_class = None
    pagination_class = None
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self):
        return Cycle.objects.visible_to(self.request.user)

    @extend_schema(request=NothingSerializer, responses={201: PLANNED})
    @action(detail=True, methods=["post"])
    def create_from_sample(self, request, pk=None):
        """Plan an evaluation for every child drawn first that has none yet."""
        made = planning.create_from_sample(self.get_object(), by=request.user)
        return Response([{"id": one.pk, "reference": one.reference} for one in made], status=201)

    @extend_schema(responses=SUGGESTED)
    @action(detail=True)
    def suggestions(self, request, pk=None):
        """Propose an evaluator for each evaluation that waits; nothing is stored."""
        cycle = self.get_object()
        access.check(request.user, "allocation.assign_evaluator")
        return Response(
            [
                {
                    "evaluation": one.evaluation.pk,
                    "reference": one.evaluation.reference,
                    "evaluator": one.evaluator.pk if one.evaluator else None,
                }
                for one in planning.suggest(cycle)
            ]
        )


def register(router) -> None:
    """Add the planning addresses to the router."""
    router.register("planning", PlanningViewSet, basename="planning")
