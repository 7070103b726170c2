"""What does a list of recommendations show beside its rows: groups, counts, the last event?"""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import (
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber

from cycles.models import Cycle
from recommendations.enums import OPEN, Status
from recommendations.filters import SOON, VIEWS, view_q
from recommendations.models import Revisit, Update

# In the order in which they are needed next.
GROUPS = (
    ("overdue", "Overdue"),
    ("soon", f"Due in the next {SOON} days"),
    ("on_track", "On track"),
    ("to_check", "Done, waiting for a manager to check"),
    ("revisit", "Checked, waiting for a revisit"),
    ("closed", "Loop closed"),
)
OF_EACH_GROUP = 4
EVENTS = {
    "agree": "Agreed",
    "start": "Owner said yes",
    "update_progress": "Update",
    "claim_done": "Done",
    "check": "Checked",
    "ask_for_more": "More asked for",
    "assign_owner": "New owner",
    "change_due_date": "New due date",
    "edit_wording": "Wording changed",
    "withdraw": "Withdrawn",
    "supersede": "Replaced",
    "reopen": "Opened again",
    "close_loop": "Made a difference",
    "look_again": "Too soon to tell",
    "reopen_by_finding": "Opened again",
    "no_longer_applies": "No longer applies",
}


def with_rows(queryset, today: date):
    """Everything a row needs, in one query; most urgent first within what is needed next."""
    last = Update.objects.filter(recommendation=OuterRef("pk")).order_by("-pk")
    revisits = Revisit.objects.open().filter(
        Q(evaluation=OuterRef("evaluation"), evaluation__isnull=False)
        | Q(recommendation=OuterRef("pk"))
    )
    return (
        queryset.select_related("owner", "evaluation__child", "service_area", "team")
        .annotate(
            rank=Case(
                *(
                    When(view_q(name, today), then=Value(index))
                    for index, (name, _) in enumerate(GROUPS)
                ),
                default=Value(len(GROUPS)),
                output_field=IntegerField(),
            ),
            last_what=Subquery(last.values("what")[:1]),
            last_at=Subquery(last.values("at")[:1]),
            revisit_due_on=Subquery(revisits.order_by("due_on").values("due_on")[:1]),
        )
        .order_by("rank", "due_on", "pk")
    )


def most_urgent(queryset):
    """The first few of each group."""
    return queryset.annotate(
        place=Window(RowNumber(), partition_by=F("rank"), order_by=[F("due_on"), F("pk")])
    ).filter(place__lte=OF_EACH_GROUP)


def grouped(rows, counts: dict[str, int], today: date) -> list[dict]:
    """Rows under the headings of what is needed next."""
    groups: list[dict] = []
    for row in rows:
        name, words = GROUPS[row.rank] if row.rank < len(GROUPS) else ("ended", "No longer open")
        if not groups or groups[-1]["name"] != name:
            groups.append({"name": name, "words": words, "rows": [], "count": counts.get(name)})
        row.days_open = days_open(row, today)
        row.last_words = EVENTS.get(row.last_what, "")
        groups[-1]["rows"].append(row)
    return groups


def days_open(recommendation, today: date) -> int | None:
    """Days from when it was agreed until it was closed, or until today."""
    if recommendation.agreed_at is None:
        return None
    ended = recommendation.closed_at
    return ((ended.date() if ended else today) - recommendation.agreed_at.date()).days


def counts_of(queryset, today: date) -> dict:
    """How many are in each saved view, and what the four counts say; follows the filters."""
    names = [*VIEWS, "on_track"]
    counts = queryset.aggregate(
        **{name: Count("pk", filter=view_q(name, today)) for name in names},
        children=Count("evaluation__child", filter=view_q("open", today), distinct=True),
        oldest=Min("due_on", filter=view_q("overdue", today)),
    )
    counts["oldest_days"] = (today - counts["oldest"]).days if counts["oldest"] else None
    closed = queryset.filter(status=Status.LOOP_CLOSED).annotate(
        took=ExpressionWrapper(F("closed_at") - F("agreed_at"), output_field=DurationField())
    )
    middle = counts["closed"] // 2
    took: list[timedelta] = (
        list(closed.order_by("took").values_list("took", flat=True)[middle : middle + 1])
        if counts["closed"]
        else []
    )
    counts["half_closed_within"] = took[0].days if took and took[0] is not None else None
    return counts | _last_cycle(queryset, today)


def _last_cycle(queryset, today: date) -> dict:
    last = Cycle.objects.filter(ends_on__lt=today).order_by("-ends_on").first()
    found = queryset.filter(cycle=last, status__in=[*OPEN, Status.LOOP_CLOSED]).aggregate(
        last_all=Count("pk"), last_closed=Count("pk", filter=Q(status=Status.LOOP_CLOSED))
    )
    return found | {"last_cycle": last}
