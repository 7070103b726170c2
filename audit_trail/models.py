"""What happened: who did or saw what, and when?"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class TrailQuerySet(models.QuerySet["TrailEntry"]):
    def record(
        self,
        action: str,
        record: models.Model | None = None,
        *,
        by,
        before: str = "",
        after: str = "",
        reason: str = "",
        detail: dict[str, Any] | None = None,
        children: list[str] | None = None,
        allowed: bool = True,
    ) -> TrailEntry:
        """Write one entry; call in the transaction of the thing it tells of.

        `by` is a user, or None for the service itself. `children` are our opaque references of
        the children concerned (by default the record's own). `detail` holds references, counts and
        dates only: never free text, a name or an identifier.
        """
        if children is None and record is not None:
            reference = getattr(record, "trail_child_reference", "")
            children = [reference] if reference else []
        return self.create(
            by=by if by is not None and by.pk else None,
            roles=sorted(by.role_names) if by is not None and by.pk else [],
            action=action,
            record_type=record._meta.label_lower if record is not None else "",
            record_id=record.pk if record is not None else None,
            record_reference=str(getattr(record, "reference", "") or "")[:60],
            children=children or [],
            before=before,
            after=after,
            reason=reason[:2000],
            detail=detail or {},
            allowed=allowed,
        )

    def seen(self, records, *, by, action: str = "view") -> None:
        """Write that this person was shown these child-level records: one entry a kind."""
        by_type: dict[str, list[models.Model]] = {}
        for record in records:
            by_type.setdefault(record._meta.label_lower, []).append(record)
        for label, shown in by_type.items():
            if len(shown) == 1:
                self.record(action, shown[0], by=by)
                continue
            references = {getattr(record, "trail_child_reference", "") for record in shown}
            self.create(
                by=by,
                roles=sorted(by.role_names),
                action=f"{action}_list",
                record_type=label,
                children=sorted(references - {""}),
                detail={"records": [record.pk for record in shown]},
            )

    def for_record(self, record: models.Model):
        return self.filter(record_type=record._meta.label_lower, record_id=record.pk)


class TrailEntry(models.Model):
    """One thing that was done or seen. Never changed, never removed (triggers refuse it)."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    roles = models.JSONField(default=list)
    action = models.CharField(max_length=60)
    record_type = models.CharField(max_length=60, blank=True)
    record_id = models.BigIntegerField(null=True)
    record_reference = models.CharField(max_length=60, blank=True)
    children = models.JSONField(default=list)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=2000, blank=True)
    detail = models.JSONField(default=dict)
    allowed = models.BooleanField(default=True)
    # The place for the keyed hash chain: each entry will carry the digest of the one before.
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    objects = TrailQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["record_type", "record_id", "-id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.record_reference}"

    @property
    def action_words(self) -> str:
        """The verb as words: “return to draft”."""
        return self.action.replace("_", " ").capitalize()

    @property
    def before_words(self) -> str:
        return self.before.replace("_", " ") or "new"

    @property
    def after_words(self) -> str:
        return self.after.replace("_", " ")

    @property
    def role_words(self) -> str:
        return ", ".join(self.roles).replace("_", " ")
