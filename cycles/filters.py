"""By what can lists of children and cycles be narrowed, on pages and in the API?"""

from __future__ import annotations

import django_filters
from django import forms

from accounts.models import ServiceArea, Team
from cycles.enums import CycleStatus, PlanType
from cycles.models import ChildRecord, Cycle


class ChildFilter(django_filters.FilterSet):
    """Children by reference, service area, team, plan and whether open."""

    reference = django_filters.CharFilter(
        label="Child’s reference", method="with_reference", max_length=20
    )
    service_area = django_filters.ModelChoiceFilter(
        label="Service area",
        field_name="team__service_area",
        queryset=ServiceArea.objects.all(),
        empty_label="All",
    )
    team = django_filters.ModelChoiceFilter(
        label="Team",
        queryset=Team.objects.all(),
        empty_label="All",
        method="in_team",
    )
    plan_type = django_filters.MultipleChoiceFilter(
        label="Plan", choices=PlanType.choices, widget=forms.CheckboxSelectMultiple
    )
    is_open = django_filters.ChoiceFilter(
        label="Open or closed",
        choices=[("true", "Open"), ("false", "Closed")],
        empty_label="Both",
        method="which_are_open",
    )

    class Meta:
        model = ChildRecord
        fields: list[str] = []

    def with_reference(self, queryset, name, value):
        return queryset.filter(reference=value.strip().upper())

    def in_team(self, queryset, name, value):
        """Only children whose team this person may know: a filter must not tell a moderator."""
        known = ChildRecord.objects.permitted(self.request.user, "child.view_worker")
        return queryset.filter(team=value, pk__in=known.values("pk"))

    def which_are_open(self, queryset, name, value):
        return queryset.filter(is_open=value == "true")


class CycleFilter(django_filters.FilterSet):
    """Cycles by state."""

    status = django_filters.MultipleChoiceFilter(label="State", choices=CycleStatus.choices)

    class Meta:
        model = Cycle
        fields: list[str] = []
