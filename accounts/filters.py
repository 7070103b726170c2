"""How can the list of people be narrowed?"""

import django_filters
from django.db.models import Q

from accounts.models import ServiceArea, Team, User
from accounts.roles import Role


class PersonFilter(django_filters.FilterSet):
    text = django_filters.CharFilter(method="by_text", label="Name or e-mail", max_length=120)
    role = django_filters.ChoiceFilter(choices=Role, method="by_role", label="Role")
    team = django_filters.ModelChoiceFilter(queryset=Team.objects.all(), label="Team")
    service_area = django_filters.ModelChoiceFilter(
        field_name="team__service_area", queryset=ServiceArea.objects.all(), label="Service area"
    )

    class Meta:
        model = User
        fields: list[str] = []

    def by_text(self, queryset, name, value):
        return queryset.filter(Q(name__icontains=value) | Q(email__icontains=value))

    def by_role(self, queryset, name, value):
        return queryset.holding(value)
