"""Which evaluations does somebody want to see? Shared by the list page and the API.

A filter never tells more than the row does: the exact status, the people and the lateness of a
row can be asked for only by those who may see them.
"""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q
from django.utils import timezone

from accounts.models import ServiceArea, User
from cycles.enums import PlanType
from cycles.models import Cycle
from evaluations.enums import AlertStatus, Status
from evaluations.models import Evaluation, SafetyAlert
from evaluations.reading import in_status


def evaluators(request):
    """Whoever evaluates something that this person may know the people of."""
    if request is None:
        return User.objects.none()
    seen = Evaluation.objects.permitted(request.user, "evaluation.view_people")
    return User.objects.filter(pk__in=seen.values("evaluator"))


class EvaluationFilter(django_filters.FilterSet):
    cycle = django_filters.ModelChoiceFilter(
        queryset=Cycle.objects.all(), label="Cycle", empty_label="All"
    )
    status = django_filters.ChoiceFilter(
        choices=Status.choices, label="Status", empty_label="All", method="by_status"
    )
    service_area = django_filters.ModelChoiceFilter(
        queryset=ServiceArea.objects.all(), label="Service area", empty_label="All"
    )
    evaluator = django_filters.ModelChoiceFilter(
        queryset=evaluators, label="Evaluator", empty_label="All", method="by_evaluator"
    )
    plan_type = django_filters.ChoiceFilter(
        choices=PlanType.choices, label="Plan type", empty_label="All"
    )
    late = django_filters.BooleanFilter(
        label="Late",
        method="by_late",
        widget=forms.Select(choices=[("", "All"), ("true", "Late only"), ("false", "Not late")]),
    )

    class Meta:
        model = Evaluation
        fields = ["cycle", "status", "service_area", "evaluator", "plan_type", "late"]

    def by_status(self, queryset, name, value):
        return queryset.filter(in_status(value, self.request.user))

    def by_evaluator(self, queryset, name, value):
        known = Evaluation.objects.permitted(self.request.user, "evaluation.view_people")
        return queryset.filter(evaluator=value, pk__in=known.values("pk"))

    def by_late(self, queryset, name, value):
        known = Evaluation.objects.permitted(self.request.user, "evaluation.view_status")
        late = Q(pk__in=known.overdue(timezone.localdate()).values("pk"))
        return queryset.filter(late if value else ~late)


class SafetyAlertFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(
        choices=AlertStatus.choices, label="Status", empty_label="All"
    )

    class Meta:
        model = SafetyAlert
        fields = ["status"]
