"""Which children may be drawn, in which cycle, and who was drawn?"""

from __future__ import annotations

import re
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from cycles.enums import (
    AgeBand,
    CycleStatus,
    EliminationReason,
    EntryKind,
    Ethnicity,
    Gender,
    PlanType,
    age_band,
)
from cycles.identifiers import EncryptedJSONField, EncryptedTextField, new_reference
from cycles.policy import Policy, default_policy
from cycles.querysets import (
    ChildRecordQuerySet,
    CycleQuerySet,
    ImportQuerySet,
    SampleEntryQuerySet,
)

User = settings.AUTH_USER_MODEL
LABEL = re.compile(r"(\d{4})-(\d{2}) Q[1-4]")
REAL_DATES = [
    MinValueValidator(date(2015, 1, 1), "Enter a year from 2015 to 2100."),
    MaxValueValidator(date(2100, 12, 31), "Enter a year from 2015 to 2100."),
]


def validate_label(label: str) -> None:
    """A quarter of a financial year, as “2026-27 Q3”. Raises ValidationError."""
    match = LABEL.fullmatch(label)
    if not match or (int(match[1]) + 1) % 100 != int(match[2]):
        raise ValidationError("Write the quarter like this: 2026-27 Q3.")


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

    objects = ImportQuerySet.as_manager()

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

    @property
    def age_band(self) -> AgeBand:
        return age_band(self.birth_month, timezone.localdate())


class Cycle(models.Model):
    """One quarter of evaluations, with the rules it was planned with."""

    label = models.CharField(
        "quarter",
        max_length=20,
        unique=True,
        validators=[validate_label],
        error_messages={"unique": "There is a cycle for this quarter already."},
    )
    starts_on = models.DateField("first day", validators=REAL_DATES)
    ends_on = models.DateField("last day", validators=REAL_DATES)
    status = models.CharField(max_length=12, choices=CycleStatus, default=CycleStatus.PLANNED)
    instrument = models.ForeignKey(
        "evaluations.Instrument", on_delete=models.PROTECT, related_name="cycles"
    )
    policy_data = models.JSONField("policy", default=default_policy)
    size = models.PositiveSmallIntegerField(
        default=40,
        validators=[
            MinValueValidator(1, "Choose at least 1 evaluation."),
            MaxValueValidator(500, "Choose at most 500 evaluations."),
        ],
    )
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

    def clean(self) -> None:
        """Refuse dates that cannot be one cycle's."""
        if self.starts_on and self.ends_on:
            if self.ends_on <= self.starts_on:
                raise ValidationError({"ends_on": "The last day must be after the first."})
            if self.ends_on - self.starts_on > timedelta(days=366):
                raise ValidationError({"ends_on": "A cycle is a year long at most."})

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
    stratum = models.CharField(max_length=200)
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
    def stratum_words(self) -> str:
        """The stratum as a person reads it: “Child protection · Safeguarding”."""
        plan_type, mark, rest = self.stratum.partition(" · ")
        return PlanType(plan_type).label + mark + rest if plan_type in PlanType else self.stratum

    @property
    def planned(self):
        """The evaluation made from this entry, or None."""
        return getattr(self, "evaluation", None)

    @property
    def trail_child_reference(self) -> str:
        return self.child.reference
