"""Which addresses do evaluations and safety alerts have under /api/v1/?

A verb here is the pages' own verb and calls the same function. What is given back is what
`reading` lets this person see.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from audit_trail.models import TrailEntry
from evaluations import actions, alerts, offers, planning, saving, sections
from evaluations import serializers as bodies
from evaluations.filters import EvaluationFilter, SafetyAlertFilter
from evaluations.instrument import form_of
from evaluations.models import Evaluation, SafetyAlert, Section
from evaluations.reading import attributed, header, reading, with_rights
from evaluations.section_serializers import data_serializer, plain
from evaluations.views import PEOPLE

REFUSED = {
    400: OpenApiResponse(description="What is wrong, field by field"),
    403: OpenApiResponse(description="Not yours to do, and why"),
    404: OpenApiResponse(description="There is no such evaluation for you"),
    409: OpenApiResponse(description="Not from where it is now, and what would be needed"),
}
GIVEN = {200: bodies.EvaluationSerializer, **REFUSED}


def verb(body: type[serializers.Serializer], **kwargs):
    """A POST action that takes `body` and gives back the evaluation."""

    def decorate(method):
        path = method.__name__.replace("_", "-")
        method = extend_schema(request=body, responses=kwargs.pop("responses", GIVEN))(method)
        return action(detail=True, methods=["post"], url_path=path, filterset_class=None, **kwargs)(
            method
        )

    return decorate


class EvaluationViewSet(ReadOnlyModelViewSet):
    """Practice evaluations, as far as the person asking may know of them."""

    queryset = Evaluation.objects.none()
    serializer_class = bodies.EvaluationSerializer
    filterset_class = EvaluationFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self):
        seen = Evaluation.objects.visible_to(self.request.user).select_related(*PEOPLE)
        return seen.order_by("-cycle__starts_on", "pk")

    @extend_schema(responses=bodies.EvaluationRowSerializer(many=True))
    def list(self, request, *args, **kwargs):
        """A page of evaluations: the header of each."""
        rows = self.filter_queryset(with_rights(self.get_queryset(), request.user))
        page = self.paginate_queryset(rows)
        TrailEntry.objects.seen(page, by=request.user)
        return self.get_paginated_response(
            [header(one, sees_status=one.sees_status, sees_people=one.sees_people) for one in page]
        )

    def retrieve(self, request, *args, **kwargs):
        """One evaluation: everything the person asking may read of it now."""
        evaluation = self.get_object()
        TrailEntry.objects.seen([evaluation], by=request.user)
        return self._given(evaluation)

    def _given(self, evaluation: Evaluation) -> Response:
        """The evaluation as it stands; nothing for whoever may no longer know of it."""
        current = self.get_queryset().filter(pk=evaluation.pk).first()
        if current is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        user = self.request.user
        found = reading(current, for_user=user)
        found["allowed"] = [offer.verb for offer in offers.for_evaluation(current, user)]
        return Response(found)

    def _body(self, serializer: type[serializers.Serializer]) -> dict[str, Any]:
        body = serializer(data=self.request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def _take(self, function, serializer=bodies.NothingSerializer) -> Response:
        """Find it (404), read the body (400), take the step (403, 409), give it back."""
        evaluation = self.get_object()
        function(evaluation, by=self.request.user, **self._body(serializer))
        return self._given(evaluation)

    @verb(bodies.NothingSerializer)
    def accept(self, request, pk=None):
        """The evaluator says yes."""
        return self._take(actions.accept)

    @verb(bodies.ConflictSerializer)
    def declare_conflict(self, request, pk=None):
        """Say why you should have no part in it. Gives 204 when you no longer have one."""
        return self._take(actions.declare_conflict, bodies.ConflictSerializer)

    @verb(bodies.ConversationSerializer)
    def record_conversation(self, request, pk=None):
        """Say on which day you sat alongside."""
        return self._take(actions.record_conversation, bodies.ConversationSerializer)

    @verb(bodies.NothingSerializer)
    def invite_to_reflect(self, request, pk=None):
        """Ask the worker for their own words."""
        return self._take(actions.invite_to_reflect)

    @verb(bodies.NothingSerializer)
    def submit(self, request, pk=None):
        """Send it in. What is missing is listed all at once, each with its address."""
        return self._take(actions.submit)

    @verb(bodies.WhySerializer)
    def return_to_draft(self, request, pk=None):
        """Send it back to the evaluator."""
        return self._take(actions.return_to_draft, bodies.WhySerializer)

    @verb(bodies.ExtendSerializer)
    def extend(self, request, pk=None):
        """Give it a later date; the old one is kept."""
        return self._take(actions.extend, bodies.ExtendSerializer)

    @verb(bodies.AllocateSerializer)
    def allocate(self, request, pk=None):
        """Give it to an evaluator."""
        return self._take(planning.allocate, bodies.AllocateSerializer)

    @verb(bodies.EliminateSerializer)
    def eliminate(self, request, pk=None):
        """Take it out of its cycle."""
        return self._take(planning.eliminate, bodies.EliminateSerializer)

    @verb(bodies.NothingSerializer)
    def accept_unmoderated(self, request, pk=None):
        """It was not chosen for moderation: the evaluator's grades become final."""
        return self._take(actions.accept_unmoderated)

    @verb(bodies.ThirdPartySerializer)
    def check_third_party(self, request, pk=None):
        """First of two: it was read for words about other people."""
        return self._take(actions.check_third_party, bodies.ThirdPartySerializer)

    @verb(bodies.NothingSerializer)
    def approve_share(self, request, pk=None):
        """Second of two: release it to practitioner and manager."""
        return self._take(actions.approve_share)

    @verb(bodies.ReplySerializer)
    def reply(self, request, pk=None):
        """The practitioner's right of reply."""
        return self._take(actions.reply, bodies.ReplySerializer)

    @verb(bodies.SupervisionSerializer)
    def table_in_supervision(self, request, pk=None):
        """The manager says when it was, or will be, talked about."""
        return self._take(actions.table_in_supervision, bodies.SupervisionSerializer)

    @verb(bodies.NothingSerializer)
    def close(self, request, pk=None):
        """Every recommendation is over."""
        return self._take(actions.close)

    @verb(bodies.PrepareSerializer)
    def prepare(self, request, pk=None):
        """The practitioner's note before the conversation."""
        evaluation, body = self.get_object(), self._body(bodies.PrepareSerializer)
        words = {"prepare": body["prepare"]}
        actions.write_reflection(evaluation, by=request.user, version=body["version"], words=words)
        return self._given(evaluation)

    @verb(bodies.ReflectSerializer)
    def reflect(self, request, pk=None):
        """The practitioner's own words after the invitation."""
        evaluation, body = self.get_object(), self._body(bodies.ReflectSerializer)
        version = body.pop("version")
        actions.write_reflection(evaluation, by=request.user, version=version, words=body)
        return self._given(evaluation)

    @verb(bodies.WhySerializer, responses={200: bodies.EvaluationSerializer, **REFUSED})
    def view_attribution(self, request, pk=None):
        """Who said what, for a Practice Hub lead who says why; the reason is kept."""
        evaluation = self.get_object()
        rows = actions.view_attribution(
            evaluation, by=request.user, **self._body(bodies.WhySerializer)
        )
        found = reading(evaluation, for_user=request.user)
        found["feedback"] = attributed(rows, form_of(evaluation))
        return Response(found | {"allowed": []})

    @verb(bodies.RaiseAlertSerializer, responses={201: bodies.SafetyAlertSerializer, **REFUSED})
    def raise_alert(self, request, pk=None):
        """Say that the child may not be safe. Tells those who answer for it at once."""
        evaluation = self.get_object()
        alert = alerts.raise_alert(
            evaluation, by=request.user, **self._body(bodies.RaiseAlertSerializer)
        )
        given = bodies.SafetyAlertSerializer(alert).data
        return Response(given, status=status.HTTP_201_CREATED)

    @extend_schema(
        methods=["GET"], responses={200: bodies.SectionSerializer, **REFUSED}, filters=False
    )
    @extend_schema(
        methods=["PUT"],
        request=bodies.SectionSerializer,
        responses={200: bodies.SectionSerializer, **REFUSED},
    )
    @action(
        detail=True,
        methods=["get", "put"],
        url_path=r"sections/(?P<key>[a-z_-]{1,40})",
        filterset_class=None,
    )
    def section(self, request, pk=None, key=""):
        """One page of the form: read it, or save it naming the version it was built on.

        A newer version refuses the save (409) and gives what is there now.
        """
        evaluation = self.get_object()
        form = form_of(evaluation)
        try:
            shape = data_serializer(form, key)
        except KeyError:
            raise Http404 from None
        saving.check_may_write(evaluation, request.user)
        if request.method == "GET":
            TrailEntry.objects.seen([evaluation], by=request.user)
            return Response(self._section(evaluation, form, key))
        body = self._body(bodies.SectionSerializer)
        try:
            data = shape.run_validation(body["data"])
        except ValidationError as wrong:
            raise ValidationError({"data": wrong.detail}) from None
        try:
            saving.save_section(
                evaluation, key, plain(key, data), version=body["version"], by=request.user
            )
        except saving.StaleSection as stale:
            theirs = self._section(evaluation, form, key)
            return Response({"detail": str(stale), "now": theirs}, status=status.HTTP_409_CONFLICT)
        evaluation = self.get_queryset().get(pk=evaluation.pk)
        return Response(self._section(evaluation, form_of(evaluation), key))

    def _section(self, evaluation, form, key: str) -> dict[str, Any]:
        kept = Section.objects.filter(evaluation=evaluation, key=key).first()
        data = sections.contents(evaluation, form, key)
        return {"key": key, "version": kept.version if kept else 0, "data": data}


class SafetyAlertViewSet(ReadOnlyModelViewSet):
    """Safety alerts: raised on an evaluation, then acknowledged, acted on and closed here."""

    queryset = SafetyAlert.objects.none()
    serializer_class = bodies.SafetyAlertSerializer
    filterset_class = SafetyAlertFilter
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self):
        people = ("raised_by", "acknowledged_by", "action_by", "closed_by")
        seen = SafetyAlert.objects.visible_to(self.request.user)
        return seen.select_related("evaluation__child", *people).order_by("-pk")

    def list(self, request, *args, **kwargs):
        """A page of safety alerts, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        TrailEntry.objects.seen(page, by=request.user)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request, *args, **kwargs):
        """One safety alert."""
        alert = self.get_object()
        TrailEntry.objects.seen([alert], by=request.user)
        return Response(self.get_serializer(alert).data)

    def _take(self, function, body: type[serializers.Serializer]) -> Response:
        alert = self.get_object()
        said = body(data=self.request.data)
        said.is_valid(raise_exception=True)
        alert = function(alert, by=self.request.user, **said.validated_data)
        return Response(bodies.SafetyAlertSerializer(alert).data)

    @verb(bodies.NothingSerializer, responses={200: bodies.SafetyAlertSerializer, **REFUSED})
    def acknowledge(self, request, pk=None):
        """The head of service has seen it and is acting on it."""
        return self._take(alerts.acknowledge, bodies.NothingSerializer)

    @verb(bodies.AlertActionSerializer, responses={200: bodies.SafetyAlertSerializer, **REFUSED})
    def record_action(self, request, pk=None):
        """Say what was done for the child."""
        return self._take(alerts.record_action, bodies.AlertActionSerializer)

    @verb(bodies.NothingSerializer, responses={200: bodies.SafetyAlertSerializer, **REFUSED})
    def close(self, request, pk=None):
        """Nothing more is needed."""
        return self._take(alerts.close, bodies.NothingSerializer)


def register(router) -> None:
    """Add this part of the API to the router."""
    router.register("evaluations", EvaluationViewSet, basename="evaluation")
    router.register("safety-alerts", SafetyAlertViewSet, basename="safety-alert")
