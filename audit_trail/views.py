"""Who may read the trail, and what do they see of it?"""

from __future__ import annotations

from django_filters.views import FilterView

from audit_trail.filters import TrailFilter
from audit_trail.models import TrailEntry


class Trail(FilterView):
    """The trail, newest first: all of it for information governance, one's own for others."""

    filterset_class = TrailFilter
    template_name = "audit_trail/trail.html"
    paginate_by = 50
    strict = False

    def get_queryset(self):
        entries = TrailEntry.objects.select_related("by").order_by("-pk")
        if "information_governance" in self.request.user.role_names:
            return entries
        return entries.filter(by=self.request.user)

    def get_context_data(self, **kwargs):
        everything = "information_governance" in self.request.user.role_names
        if everything:
            TrailEntry.objects.record("search_trail", by=self.request.user)
        return super().get_context_data(**kwargs, everything=everything)
