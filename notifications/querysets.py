"""Which rows of the ledger?"""

from django.db.models import Q

from workflow.access import ScopedQuerySet


class ReminderQuerySet(ScopedQuerySet):
    """One's own notices; the whole ledger, as metadata, for those who run it."""

    view_action = "outbox.view_metadata"

    def scope_q(self, scope, user):
        return Q(recipient=user) if scope == "me" else None

    def visible_to(self, user):
        """One's own, and everything for the Hub, governance and administrators."""
        own = self.filter(recipient=user).values("pk")
        return self.filter(
            Q(pk__in=own) | Q(pk__in=self.permitted(user, self.view_action).values("pk"))
        )

    def inbox_of(self, user):
        """What one person is shown in the service, newest first."""
        return self.filter(recipient=user).exclude(status="stopped").order_by("-pk")

    def due_for_delivery(self, now):
        """Promised mails whose time has come."""
        return self.filter(status="promised", send_after__lte=now)
