"""How can the trail be narrowed?"""

import django_filters

from audit_trail.models import TrailEntry


class TrailFilter(django_filters.FilterSet):
    by = django_filters.CharFilter(
        field_name="by__name", lookup_expr="icontains", label="Who", max_length=120
    )
    action = django_filters.CharFilter(lookup_expr="icontains", label="What", max_length=60)
    reference = django_filters.CharFilter(
        field_name="record_reference", lookup_expr="icontains", label="Reference", max_length=60
    )
    child = django_filters.CharFilter(method="by_child", label="Child’s reference", max_length=10)
    since = django_filters.DateFilter(field_name="at", lookup_expr="date__gte", label="From")

    class Meta:
        model = TrailEntry
        fields: list[str] = []

    def by_child(self, queryset, name, value):
        # A reference is quoted in the stored list: the quotes make the match exact.
        return queryset.filter(children__icontains=f'"{value.strip().upper()}"')
