"""Which children may be drawn for a cycle, why are others left out, and is the sample like them?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.apps import apps
from django.db.models import Q

from cycles.enums import AgeBand, Ethnicity, Gender, PlanType, age_band
from cycles.models import ChildRecord, Cycle, SampleEntry
from cycles.sampling import FrameChild

# Reasons for leaving a child out, in the order they are asked.
ON_PURPOSE = "Chosen on purpose already"
NO_WORKER = "No worker or team on the record"
TOO_SOON = "Evaluated too recently"
TOO_NEW = "Open too short a time, or since an unknown date"


@dataclass
class Frame:
    """The children who may be drawn, and counts of the open ones who may not."""

    children: list[FrameChild]
    left_out: dict[str, int]
    ids: dict[str, int] = field(default_factory=dict)  # key → row

    @property
    def open_count(self) -> int:
        return len(self.children) + sum(self.left_out.values())


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first_of_next = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), first_of_next - timedelta(1))


def open_children():
    """Open records a sample is compared with. Restricted ones are not even counted: their number
    would tell that they exist."""
    return ChildRecord.objects.filter(is_open=True, is_restricted=False)


def build_frame(cycle: Cycle) -> Frame:
    """The frame of a cycle, as the records are now. Three queries, whatever its size."""
    policy = cycle.policy
    since = months_before(cycle.starts_on, policy.not_again_within_months)
    opened_by = cycle.starts_on - timedelta(weeks=policy.open_at_least_weeks)
    evaluations = apps.get_model("evaluations", "Evaluation").objects
    recent = set(
        evaluations.counted()
        .exclude(cycle=cycle)
        .filter(Q(submitted_at=None) | Q(submitted_at__date__gte=since))
        .values_list("child", flat=True)
    )
    purposive = set(
        SampleEntry.objects.filter(sample__cycle=cycle, kind="purposive").values_list(
            "child", flat=True
        )
    )
    frame = Frame([], dict.fromkeys((ON_PURPOSE, NO_WORKER, TOO_SOON, TOO_NEW), 0))
    rows = open_children().values_list(
        "pk",
        "identifier_hash",
        "plan_type",
        "practitioner",
        "opened_on",
        "team__service_area__name",
        "team__locality__name",
    )
    for pk, key, plan_type, practitioner, opened_on, area, locality in rows:
        if pk in purposive:
            frame.left_out[ON_PURPOSE] += 1
        elif practitioner is None or area is None:
            frame.left_out[NO_WORKER] += 1
        elif pk in recent:
            frame.left_out[TOO_SOON] += 1
        elif opened_on is None or opened_on > opened_by:
            frame.left_out[TOO_NEW] += 1
        else:
            frame.children.append(FrameChild(key, plan_type, area, locality or ""))
            frame.ids[key] = pk
    return frame


@dataclass(frozen=True)
class MixRow:
    """One group: how many are in the sample and among all open children."""

    words: str
    sample: int
    sample_percent: int
    everyone: int
    everyone_percent: int


@dataclass(frozen=True)
class MixTable:
    title: str
    rows: list[MixRow]


def mix(cycle: Cycle) -> list[MixTable]:
    """The first choices of a cycle's sample beside all open children. Two queries."""
    chosen = ChildRecord.objects.filter(
        pk__in=SampleEntry.objects.filter(sample__cycle=cycle)
        .first_choices()
        .exclude(kind="purposive")
        .values("child")
    )
    sample, everyone = _facts(chosen, cycle), _facts(open_children(), cycle)
    return [
        _table("Service area", 0, sample, everyone, sorted(everyone[0] | sample[0])),
        _table("Plan", 1, sample, everyone, PlanType.labels),
        _table("Age", 2, sample, everyone, AgeBand.labels),
        _table("Gender", 3, sample, everyone, Gender.labels),
        _table("Ethnicity", 4, sample, everyone, Ethnicity.labels),
        _table("Disability", 5, sample, everyone, ["Disabled", "Not disabled", "Not known"]),
    ]


def _facts(children, cycle: Cycle) -> list[Counter]:
    """A count of each group, one counter for each table."""
    disabled = {True: "Disabled", False: "Not disabled", None: "Not known"}
    counters: list[Counter] = [Counter() for _ in range(6)]
    rows = children.values_list(
        "team__service_area__name",
        "plan_type",
        "birth_month",
        "gender",
        "ethnicity",
        "disability",
    )
    for area, plan, birth, gender, ethnicity, disability in rows.iterator():
        words = (
            area or "No team",
            PlanType(plan).label,
            age_band(birth, cycle.starts_on).label,
            Gender(gender).label,
            Ethnicity(ethnicity).label,
            disabled[disability],
        )
        for counter, word in zip(counters, words, strict=True):
            counter[word] += 1
    return counters


def _table(
    title: str, place: int, sample: list[Counter], everyone: list[Counter], groups: Iterable[str]
) -> MixTable:
    ours, theirs = sample[place], everyone[place]
    n, all_n = sum(ours.values()), sum(theirs.values())
    rows = [
        MixRow(
            group,
            ours[group],
            _percent(ours[group], n),
            theirs[group],
            _percent(theirs[group], all_n),
        )
        for group in groups
        if ours[group] or theirs[group]
    ]
    return MixTable(title, rows)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
