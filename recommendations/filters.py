"""Which recommendations and revisits did somebody ask for? Shared by the pages and the API."""

from __future__ import annotations

from datetime import timedelta

import django_filters
from django import forms
from django.db.models import Q
from django.utils import timezone

from accounts.models import ServiceArea, Team, User
from cycles.models import Cycle
from recommendations.enums import (
    OPEN,
    Level,
    Priority,
    RevisitKind,
    RevisitStatus,
    Status,
    Theme,
)
from recommendations.models import Recommendation, Revisit

SOON = 14  # days
VIEWS = {
    "open": "All open",
    "overdue": "Overdue",
    "soon": f"Due in {SOON} days",
    "to_check": "Waiting for a check",
    "revisit": "Waiting for revisit",
    "closed": "Loop closed",
}
AGES = [("30", "Over 30 days"), ("60", "Over 60 days"), ("90", "Over 90 days")]
PILLARS = [
    ("child_voice", "Child’s voice"),
    ("assessment", "Assessment"),
    ("planning", "Planning"),
    ("oversight", "Management oversight"),
]


def view_q(view: str, today) -> Q:
    """What a saved view takes in."""
    with_owner = Q(status__in=[Status.AGREED, Status.UNDER_WAY])
    return {
        "open": Q(status__in=OPEN),
        "overdue": with_owner & Q(due_on__lt=today),
        "soon": with_owner & Q(due_on__gte=today, due_on__lte=today + timedelta(days=SOON)),
        "on_track": with_owner & Q(due_on__gt=today + timedelta(days=SOON)),
        "to_check": Q(status=Status.DONE),
        "revisit": Q(status=Status.CHECKED),
        "closed": Q(status=Status.LOOP_CLOSED),
    }[view]


class KnownRecords(django_filters.fields.ModelMultipleChoiceField):
    """Several records by number; one longer than any of ours never reaches the database."""

    def _check_values(self, value):
        for one in value:
            if len(str(one)) > 18:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": one},
                )
        return super()._check_values(value)


class Records(django_filters.ModelMultipleChoiceFilter):
    field_class = KnownRecords


class RecommendationFilter(django_filters.FilterSet):
    view = django_filters.ChoiceFilter(
        label="View",
        choices=[*VIEWS.items(), ("on_track", "On track")],
        method="in_view",
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": "Choose one of the views."},
    )
    text = django_filters.CharFilter(
        label="Words, child or owner",
        method="with_words",
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    service_area = Records(
        queryset=ServiceArea.objects.all(),
        label="Service area",
        widget=forms.CheckboxSelectMultiple,
    )
    pillar = django_filters.MultipleChoiceFilter(
        choices=PILLARS, label="Pillar", widget=forms.CheckboxSelectMultiple
    )
    priority = django_filters.MultipleChoiceFilter(
        choices=Priority.choices, label="Priority", widget=forms.CheckboxSelectMultiple
    )
    cycle = Records(
        queryset=Cycle.objects.all(), label="Cycle", widget=forms.CheckboxSelectMultiple
    )
    status = django_filters.MultipleChoiceFilter(
        choices=[choice for choice in Status.choices if choice[0] != Status.DRAFT],
        label="Stage",
        widget=forms.CheckboxSelectMultiple,
    )
    theme = django_filters.ChoiceFilter(choices=Theme.choices, label="Theme", empty_label="Any")
    level = django_filters.ChoiceFilter(choices=Level.choices, label="Level", empty_label="Any")
    team = django_filters.ModelChoiceFilter(
        queryset=Team.objects.all(), label="Team", empty_label="Any"
    )
    owner = django_filters.ModelChoiceFilter(
        queryset=User.objects.none(), label="Owner", empty_label="Anybody"
    )
    overdue = django_filters.ChoiceFilter(
        label="Overdue", choices=[("yes", "Yes")], method="past_the_date", empty_label="Any"
    )
    age = django_filters.ChoiceFilter(
        label="Days open", choices=AGES, method="older_than", empty_label="Any"
    )

    class Meta:
        model = Recommendation
        fields: list[str] = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Only people who own something that this person may see.
        shown = Recommendation.objects.all() if self.request is None else self.queryset
        self.filters["owner"].queryset = User.objects.filter(pk__in=shown.values("owner"))

    def in_view(self, queryset, name, value):
        return queryset.filter(view_q(value, timezone.localdate()))

    def with_words(self, queryset, name, value):
        return queryset.filter(
            Q(action__icontains=value)
            | Q(problem__icontains=value)
            | Q(reference__icontains=value)
            | Q(owner__name__icontains=value)
            | Q(evaluation__child__reference__iexact=value)
        )

    def past_the_date(self, queryset, name, value):
        return queryset.overdue(timezone.localdate())

    def older_than(self, queryset, name, value):
        before = timezone.now() - timedelta(days=int(value))
        return queryset.filter(agreed_at__lt=before, status__in=OPEN)


class RevisitFilter(django_filters.FilterSet):
    cycle = django_filters.ModelChoiceFilter(
        queryset=Cycle.objects.all(), label="Cycle", empty_label="All cycles"
    )
    kind = django_filters.MultipleChoiceFilter(
        choices=RevisitKind.choices, label="Kind", widget=forms.CheckboxSelectMultiple
    )
    status = django_filters.MultipleChoiceFilter(
        choices=RevisitStatus.choices, label="Stage", widget=forms.CheckboxSelectMultiple
    )
    service_area = Records(
        queryset=ServiceArea.objects.all(),
        label="Service area",
        widget=forms.CheckboxSelectMultiple,
        method="in_service_area",
    )
    overdue = django_filters.ChoiceFilter(
        label="Overdue", choices=[("yes", "Yes")], method="past_the_date", empty_label="Any"
    )

    class Meta:
        model = Revisit
        fields: list[str] = []

    def in_service_area(self, queryset, name, value: list[int]):
        if not value:
            return queryset
        return queryset.filter(
            Q(evaluation__service_area__in=value) | Q(recommendation__service_area__in=value)
        )

    def past_the_date(self, queryset, name, value):
        return queryset.open().filter(due_on__lt=timezone.localdate())
