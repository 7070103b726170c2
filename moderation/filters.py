"""How are lists of moderation cases and panels narrowed? Shared by page and API."""

from __future__ import annotations

import django_filters as filters
from django import forms
from django.utils import timezone

from accounts.models import ServiceArea
from cycles.models import Cycle
from moderation.enums import CaseStatus, Chosen, PanelStatus
from moderation.models import ModerationCase, Panel


def _small_boxes() -> forms.CheckboxSelectMultiple:
    return forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"})


class CaseFilter(filters.FilterSet):
    """Why a case was chosen can be asked only of rows whose grades one may know: else the filter
    would tell a grade."""

    status = filters.MultipleChoiceFilter(
        label="Stage", choices=CaseStatus.choices, widget=_small_boxes()
    )
    why = filters.MultipleChoiceFilter(
        label="Why chosen",
        choices=Chosen.choices,
        widget=_small_boxes(),
        method="chosen_for",
    )
    service_area = filters.ModelChoiceFilter(
        label="Service area",
        queryset=ServiceArea.objects.all(),
        field_name="evaluation__service_area",
        method="in_area",
    )
    cycle = filters.ModelChoiceFilter(
        label="Cycle", queryset=Cycle.objects.all(), field_name="evaluation__cycle"
    )
    late = filters.BooleanFilter(
        label="Late", method="is_late", widget=forms.CheckboxInput(), field_name="late"
    )

    class Meta:
        model = ModerationCase
        fields: list[str] = []

    def chosen_for(self, queryset, name, values):
        if not values:
            return queryset
        rows = queryset.none()
        for value in values:
            rows |= queryset.filter(reasons__icontains=f'"{value}"', grades_open=True)
        return rows

    def in_area(self, queryset, name, area):
        """Somebody who grades a case blind does not find it by its service area."""
        if area is None:
            return queryset
        return queryset.filter(evaluation__service_area=area).exclude(
            has_seat=True, revealed_at=None
        )

    def is_late(self, queryset, name, late):
        return queryset.overdue(timezone.localdate()) if late else queryset


class PanelFilter(filters.FilterSet):
    status = filters.MultipleChoiceFilter(label="Stage", choices=PanelStatus.choices)
    cycle = filters.ModelChoiceFilter(label="Cycle", queryset=Cycle.objects.all())

    class Meta:
        model = Panel
        fields: list[str] = []
