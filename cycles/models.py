"""Which children may be drawn, in which cycle, and who was drawn?"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from cycles.enums import (
    CycleStatus,
    EliminationReason,
    EntryKind,
    Ethnicity,
    Gender,
    PlanType,
)
from cycles.identifiers import EncryptedJSONField, EncryptedTextField, new_reference
from cycles.policy import Policy, default_policy
from cycles.querysets import ChildRecordQuerySet, CycleQuerySet, SampleEntryQuerySet

User = settings.AUTH_USER_MODEL


class Import(models.Model):
    """One extract of the case system: read, shown as a preview, then applied whole or discarded."""

    class Status(models.TextChoices):
        PREVIEWED = "previewed", "Waiting for you to apply it"
        APPLIED = "applied", "Applied"
        DISCARDED = "discarded", "Discarded"

    filename = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status, default=Status.PREVIEWED)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    applied_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True)
    summary = models.JSONField(default=dict)
    # Rows, problems and choices until it is applied; wiped then.
    staged = EncryptedJSONField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("cycles:import_detail", args=[self.pk])

    @property
    def reference(self) -> str:
        return f"import {self.pk}"


class ChildRecord(models.Model):
    """A child's record in the case system, as far as we need it to draw a fair sample.

    Never a name, a full date of birth, a school, a GP or an address.
    """

    reference = models.CharField(max_length=10, unique=True, default=new_reference, editable=False)
    identifier = EncryptedTextField()
    identifier_hash = models.CharField(max_length=64, unique=True)
    birth_month = models.DateField(null=True, blank=True)  # the first of the month
    gender = models.CharField(max_length=12, choices=Gender, default=Gender.NOT_KNOWN)
    ethnicity = models.CharField(max_length=12, choices=Ethnicity, default=Ethnicity.NOT_KNOWN)
    disability = models.BooleanField(null=True)
    plan_type = models.CharField(max_length=20, choices=PlanType)
    need = models.CharField(max_length=80, blank=True)
    team = models.ForeignKey(
        "accounts.Team", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    practitioner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    opened_on = models.DateField(null=True, blank=True)
    is_open = models.BooleanField(default=True)
    closed_on = models.DateField(null=True, blank=True)
    is_restricted = models.BooleanField(default=False)
    imported_from = models.ForeignKey(
        Import, null=True, on_delete=models.PROTECT, related_name="children"
    )
    imported_at = models.DateTimeField(default=timezone.now)

    objects = ChildRecordQuerySet.as_manager()

    class Meta:
        ordering = ["reference"]
        indexes = [models.Index(fields=["is_open", "plan_type", "team"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(birth_month=None) | Q(birth_month__day=1),
                name="childrecord_birth_is_a_month",
                violation_error_message="Only the month of birth is kept.",
            )
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("cycles:child", args=[self.pk])

    @property
    def trail_child_reference(self) -> str:
        return self.reference


class Cycle(models.Model):
    """One quarter of evaluations, with the rules it was planned with."""

    label = models.CharField(max_length=20, unique=True)  # 2026-27 Q3
    starts_on = models.DateField()
    ends_on = models.DateField()
    status = models.CharField(max_length=12, choices=CycleStatus, default=CycleStatus.PLANNED)
    instrument = models.ForeignKey(
        "evaluations.Instrument", on_delete=models.PROTECT, related_name="cycles"
    )
    policy_data = models.JSONField("policy", default=default_policy)
    size = models.PositiveSmallIntegerField(default=40)
    planned_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField(default=timezone.now)

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__lt=F("ends_on")),
                name="cycle_starts_before_it_ends",
                violation_error_message="The last day must be after the first.",
            )
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("cycles:detail", args=[self.pk])

    @property
    def reference(self) -> str:
        return self.label

    @property
    def code(self) -> str:
        """2026-27 Q3 as it stands in references: 2627Q3."""
        years, _, quarter = self.label.partition(" ")
        return years[2:].replace("-", "") + quarter

    @property
    def policy(self) -> Policy:
        return Policy.from_dict(self.policy_data)


class Sample(models.Model):
    """One seeded draw: the seed, the frame's digest and the rules give the same draw anywhere."""

    cycle = models.OneToOneField(Cycle, on_delete=models.PROTECT, related_name="sample")
    seed = models.CharField(max_length=40)
    size = models.PositiveSmallIntegerField()
    frame_digest = models.CharField(max_length=64)
    frame_count = models.PositiveIntegerField()
    rules = models.JSONField(default=dict)
    drawn_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Sample of {self.cycle}"

    @property
    def reference(self) -> str:
        return f"sample {self.cycle.label}"


class SampleEntry(models.Model):
    """One child drawn: first choice or, in draw order, a replacement kept in reserve."""

    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="entries")
    child = models.ForeignKey(ChildRecord, on_delete=models.PROTECT, related_name="entries")
    stratum = models.CharField(max_length=120)
    draw_order = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=EntryKind, default=EntryKind.RANDOM)
    is_reserve = models.BooleanField(default=False)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    note = models.CharField(max_length=200, blank=True)  # why a purposive entry was added
    eliminated_reason = models.CharField(max_length=20, choices=EliminationReason, blank=True)

    objects = SampleEntryQuerySet.as_manager()

    class Meta:
        ordering = ["stratum", "draw_order"]
        constraints = [
            models.UniqueConstraint(
                fields=["sample", "child"],
                name="sampleentry_child_is_drawn_once",
                violation_error_message="This child is already in the sample.",
            ),
            models.UniqueConstraint(
                fields=["sample", "stratum", "draw_order"], name="sampleentry_has_its_own_place"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stratum} {self.draw_order}"

    @property
    def trail_child_reference(self) -> str:
        return self.child.reference
