"""How can the ledger be narrowed, on the page and in the API?"""

import django_filters

from notifications.kinds import KINDS
from notifications.models import Reminder


class ReminderFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Reminder.Status, label="Delivery")
    kind = django_filters.ChoiceFilter(
        choices=[(key, key.replace("_", " ").capitalize()) for key in KINDS], label="Kind"
    )
    reference = django_filters.CharFilter(lookup_expr="icontains", label="Reference", max_length=60)

    class Meta:
        model = Reminder
        fields = ["status", "kind", "reference"]
