"""Which evaluations did the fictional Trust carry out, and how far has each come?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from accounts.models import Team
from cycles.enums import CycleStatus, EliminationReason, EntryKind
from cycles.models import ChildRecord, Cycle, Sample, SampleEntry
from cycles.policy import Policy
from cycles.sampling import FrameChild, Rules, draw, frame_digest
from demonstration import words
from demonstration.people import Cast
from evaluations.enums import (
    EXPERIENCE,
    HELP_IS_RIGHT,
    OVERALL,
    PILLARS,
    RECORD_SHOWS_WORK,
    Grade,
    Status,
)
from evaluations.models import (
    Answer,
    Evaluation,
    Evidence,
    Feedback,
    Instrument,
    Judgement,
    Reflection,
    Reply,
    SafetyAlert,
    Section,
    SupervisionDiscussion,
)
from workflow.working_days import add_working_days, working_day_on_or_after

GRADES = [Grade.OUTSTANDING, Grade.GOOD, Grade.REQUIRES_IMPROVEMENT, Grade.INADEQUATE]
# What the open cycle's evaluations have come to; the rest of the 40 are planned.
OPEN_STATES = (
    ["allocated"] * 5
    + ["accepted"] * 4
    + ["in_progress"] * 7
    + ["submitted"] * 4
    + ["in_moderation"] * 8
    + ["finalised"] * 3
    + ["shared"] * 3
)
WRITTEN = {"in_progress", "submitted", "in_moderation", "finalised", "shared", "closed"}
SENT = WRITTEN - {"in_progress"}
FINAL = {"finalised", "shared", "closed"}


@dataclass
class Rows:
    """What will be stored, kept together so that each kind is written in one go."""

    sections: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    evidence: list = field(default_factory=list)
    judgements: list = field(default_factory=list)
    feedback: list = field(default_factory=list)
    reflections: list = field(default_factory=list)
    alerts: list = field(default_factory=list)
    replies: list = field(default_factory=list)
    supervision: list = field(default_factory=list)

    def store(self) -> None:
        for model, rows in (
            (Section, self.sections),
            (Answer, self.answers),
            (Evidence, self.evidence),
            (Judgement, self.judgements),
            (Feedback, self.feedback),
            (Reflection, self.reflections),
            (SafetyAlert, self.alerts),
            (Reply, self.replies),
            (SupervisionDiscussion, self.supervision),
        ):
            model.objects.bulk_create(rows, batch_size=500)


def moment(day: date, hour: int = 10) -> datetime:
    """A time of day on a date, in the Trust's time zone."""
    return timezone.make_aware(datetime.combine(day, time(hour, 15)))


def quarter_start(day: date) -> date:
    """The first day of the financial quarter that holds this day."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def label_of(start: date) -> str:
    """2026-27 Q3 for the quarter that starts in October 2026."""
    year = start.year if start.month >= 4 else start.year - 1
    quarter = (start.month - 4) // 3 + 1 if start.month >= 4 else 4
    return f"{year}-{(year + 1) % 100:02} Q{quarter}"


def make_cycles(cast: Cast, instrument: Instrument, children: list[ChildRecord]) -> list[Cycle]:
    """Three finished cycles and the open one, oldest first, each with its sample."""
    starts = [quarter_start(cast.today)]
    for _ in range(3):
        starts.insert(0, quarter_start(starts[0] - timedelta(days=1)))
    cycles = []
    used: set[int] = set()
    team_of = {team.pk: team for team in cast.teams}
    for number, start in enumerate(starts):
        open_now = number == 3
        end = quarter_start(start + timedelta(days=95)) - timedelta(days=1)
        cycle = Cycle.objects.create(
            label=label_of(start),
            starts_on=start,
            ends_on=end,
            status=CycleStatus.OPEN if open_now else CycleStatus.CLOSED,
            instrument=instrument,
            policy_data=Policy().as_dict(),
            size=40,
            planned_by=cast.hub,
            planned_at=moment(start - timedelta(days=10)),
        )
        cycles.append(cycle)
        _sample(cast, cycle, [c for c in children if c.pk not in used], team_of, used)
    return cycles


def _sample(cast, cycle, children, team_of, used) -> None:
    """A real draw: the same sampling as the service's own, on the frame as it was then."""
    ready = [c for c in children if c.is_open and c.opened_on <= cycle.starts_on - timedelta(56)]
    frame = []
    for child in ready:
        team = team_of[child.team_id]
        frame.append(
            FrameChild(child.identifier_hash, child.plan_type, team.service_area.name,
                       team.locality.name if team.locality else "")
        )  # fmt: skip
    rules = Rules(size=cycle.size, oversample_percent=30, stratum_minimum=1, by_locality=False)
    seed = f"demonstration {cycle.label}"
    sample = Sample.objects.create(
        cycle=cycle,
        seed=seed,
        size=cycle.size,
        frame_digest=frame_digest(frame),
        frame_count=len(frame),
        rules=rules.as_dict(),
        drawn_by=cast.hub,
        drawn_at=moment(cycle.starts_on - timedelta(days=7)),
    )
    by_key = {child.identifier_hash: child for child in ready}
    entries = []
    for drawn in draw(frame, rules, seed):
        entries.append(
            SampleEntry(
                sample=sample,
                child=by_key[drawn.key],
                stratum=drawn.stratum,
                draw_order=drawn.draw_order,
                is_reserve=drawn.is_reserve,
                kind=EntryKind.RANDOM,
            )
        )
    jos = next(
        c for c in ready
        if c.practitioner_id == cast.practitioner.pk and by_key and c.pk not in used
        and c.identifier_hash not in {e.child.identifier_hash for e in entries}
    )  # fmt: skip
    entries.append(
        SampleEntry(
            sample=sample,
            child=jos,
            stratum=f"{jos.plan_type} · Safeguarding",
            draw_order=900,
            kind=EntryKind.PURPOSIVE,
            note="Line of enquiry: children’s words in the plan",
        )
    )
    SampleEntry.objects.bulk_create(entries)
    used.update(entry.child_id for entry in entries)


def make_evaluations(cast: Cast, cycles: list[Cycle]) -> list[Evaluation]:
    """Every first choice evaluated; in the open cycle, in every state."""
    random = Random("alongside evaluations")
    rows = Rows()
    evaluations: list[Evaluation] = []
    team_of: dict[int | None, Team] = {team.pk: team for team in cast.teams}
    people = {worker.pk: worker for team in cast.workers.values() for worker in team}
    for cycle in cycles:
        entries = list(
            cycle.sample.entries.filter(is_reserve=False).select_related("child").order_by("pk")
        )
        is_open = cycle.status == CycleStatus.OPEN
        states = _states(random, len(entries), is_open)
        made = []
        for number, (entry, state) in enumerate(zip(entries, states, strict=True), start=1):
            team = team_of[entry.child.team_id]
            made.append(_evaluation(cast, random, cycle, entry, number, state, team, people))
        _give_the_cast_something(cast, made, is_open)
        Evaluation.objects.bulk_create(made)
        for evaluation in made:
            _write(cast, random, evaluation, rows)
        evaluations += made
    rows.store()
    return evaluations


def _states(random: Random, count: int, is_open: bool) -> list[str]:
    if not is_open:
        states = ["shared"] * (count - 2) + ["eliminated"] * 2
    else:
        states = (OPEN_STATES + ["eliminated"] * 2)[:count]
        states += ["planned"] * (count - len(states))
    random.shuffle(states)
    if states[-1] not in {"in_moderation", "shared"}:  # Jo’s own, the last entry
        other = states.index("shared")
        states[-1], states[other] = states[other], states[-1]
    return states


def _evaluation(cast, random, cycle, entry, number, state, team, people) -> Evaluation:
    policy = cycle.policy
    span = (min(cycle.ends_on, cast.today) - cycle.starts_on).days
    back = {"allocated": 1, "accepted": 4, "in_progress": 14, "submitted": 24, "in_moderation": 27}
    days = back.get(state, random.randint(30, 45))
    if cycle.status == CycleStatus.OPEN:
        begun = max(cycle.starts_on, cast.today - timedelta(days=days + random.randint(0, 4)))
    else:
        begun = cycle.starts_on + timedelta(days=random.randint(3, max(4, span - 55)))
    begun = working_day_on_or_after(begun)
    far = [
        "allocated",
        "accepted",
        "in_progress",
        "submitted",
        "in_moderation",
        "finalised",
        "shared",
    ]
    reached = far.index(state) if state in far else -1
    evaluator = random.choice([e for e in cast.evaluators if e.team_id != team.pk])
    held = add_working_days(begun, random.randint(3, 8))
    sent = add_working_days(held, random.randint(2, 5))
    final = add_working_days(sent, random.randint(4, 9))
    shared = add_working_days(final, 2)
    held, sent, final, shared = (min(d, cast.today) for d in (held, sent, final, shared))
    return Evaluation(
        reference=f"PE-{cycle.code}-{number:04}",
        cycle=cycle,
        instrument=cycle.instrument,
        entry=entry,
        child=entry.child,
        plan_type=entry.child.plan_type,
        practitioner=people[entry.child.practitioner_id],
        team=team,
        service_area=team.service_area,
        evaluator=evaluator if reached >= 0 else None,
        status=state,
        planned_at=moment(cycle.starts_on),
        allocated_at=moment(begun) if reached >= 0 else None,
        accept_by=add_working_days(begun, policy.accept_within) if reached >= 0 else None,
        conversation_by=add_working_days(begun, policy.conversation_by) if reached >= 0 else None,
        submit_by=add_working_days(begun, policy.submit_by) if reached >= 0 else None,
        accepted_at=moment(begun, 14) if reached >= 1 else None,
        started_at=moment(held) if reached >= 2 else None,
        conversation_on=held if reached >= 2 else None,
        reflection_invited_at=moment(held, 13) if reached >= 2 else None,
        submitted_at=moment(sent, 16) if reached >= 3 else None,
        submitted_by=evaluator if reached >= 3 else None,
        finalised_at=moment(final, 12) if reached >= 5 else None,
        share_by=add_working_days(final, policy.share_within) if reached >= 5 else None,
        third_party_checked_at=moment(final, 15) if reached >= 6 else None,
        third_party_checked_by=cast.hub if reached >= 6 else None,
        shared_at=moment(shared) if reached >= 6 else None,
        shared_by=cast.hublead if reached >= 6 else None,
        eliminated_at=moment(begun) if state == "eliminated" else None,
        eliminated_reason=EliminationReason.NOT_SUITABLE if state == "eliminated" else "",
    )


def _give_the_cast_something(cast: Cast, made: list[Evaluation], is_open: bool) -> None:
    """The sign-ins' own work, so that each first page has something real on it."""
    by_state: dict[str, list[Evaluation]] = {}
    for evaluation in made:
        by_state.setdefault(evaluation.status, []).append(evaluation)
    wanted = {"allocated": 2, "accepted": 1, "in_progress": 3, "submitted": 1, "shared": 3}
    for state, count in wanted.items():
        for number, evaluation in enumerate(by_state.get(state, [])[:count]):
            who = cast.evaluator if number % 2 == 0 else cast.evaluator2
            evaluation.evaluator = who
            if evaluation.submitted_by_id:
                evaluation.submitted_by = who
    if is_open:
        for evaluation in by_state.get("finalised", [])[:1]:
            evaluation.third_party_checked_at = moment(cast.today - timedelta(days=1))
            evaluation.third_party_checked_by = cast.hub


def _write(cast: Cast, random: Random, evaluation: Evaluation, rows: Rows) -> None:
    """What the evaluator and the worker wrote, as far as this evaluation has come."""
    if evaluation.status not in WRITTEN:
        return
    half_written = evaluation.status == Status.IN_PROGRESS
    level = random.choices([0, 1, 2, 3], [8, 50, 34, 8])[0]
    form = evaluation.instrument.content
    saved = evaluation.submitted_at or moment(cast.today - timedelta(days=1), 11)
    evaluation.glance = {
        "pronouns": {"girl": "she", "boy": "he"}.get(evaluation.child.gender, "they"),
        "age_band": "5_to_9",
        "plan_type": evaluation.plan_type,
        "time_open": "1_to_2_years",
        "workers_in_12_months": random.randint(1, 4),
        "interpreter": "not_needed",
        "siblings_known_to_us": random.choice(["yes", "no"]),
        "last_seen": (evaluation.conversation_on - timedelta(days=6)).isoformat(),
        "last_supervision": (evaluation.conversation_on - timedelta(days=15)).isoformat(),
        "cohort_tags": ["newly_qualified_worker"]
        if evaluation.practitioner.newly_qualified
        else [],
    }
    evaluation.strengths = random.sample(words.STRENGTHS, 2)
    evaluation.message = (
        "You told us about mornings, and we listened. Fridays at Nan’s are in the plan."
    )
    keys = ["glance"]
    grades = []
    for place, pillar in enumerate(form["pillars"]):
        if half_written and place > 1:
            break
        keys.append(pillar["key"])
        grade = GRADES[min(3, max(0, level + random.choice([-1, 0, 0, 0, 1])))]
        grades.append(grade)
        _answers(random, evaluation, pillar, grade, rows, unfinished=half_written and place == 1)
        if not (half_written and place == 1):
            rows.judgements.append(_judgement(random, evaluation, pillar["key"], grade))
    for number, key in enumerate(keys):
        rows.sections.append(
            Section(
                evaluation=evaluation,
                key=key,
                version=1,
                saved_at=saved - timedelta(minutes=30 - number),
                saved_by=evaluation.evaluator,
            )
        )
    evaluation.last_section = keys[-1]
    if not half_written:
        worst = max(grades, key=GRADES.index)
        overall = GRADES[level]
        if worst == Grade.INADEQUATE:  # the form's own limit
            overall = max(overall, Grade.REQUIRES_IMPROVEMENT, key=GRADES.index)
        rows.judgements.append(_judgement(random, evaluation, EXPERIENCE, overall))
        rows.judgements.append(_judgement(random, evaluation, OVERALL, overall))
        for key in (HELP_IS_RIGHT, RECORD_SHOWS_WORK):
            extent = ["yes", "mostly", "in_part", "no"][
                min(3, max(0, level + random.choice([-1, 0])))
            ]
            rows.judgements.append(
                Judgement(
                    evaluation=evaluation,
                    key=key,
                    extent=extent,
                    reason=words.EXTENT_REASONS[extent],
                )
            )
        _voices(random, evaluation, rows)
        _afterwards(cast, random, evaluation, rows)
    Evaluation.objects.filter(pk=evaluation.pk).update(
        glance=evaluation.glance,
        strengths=evaluation.strengths if not half_written else [],
        message=evaluation.message if not half_written else "",
        last_section=evaluation.last_section,
    )


def _judgement(random: Random, evaluation: Evaluation, key: str, grade: str) -> Judgement:
    elements = grade == Grade.GOOD and random.random() < 0.2
    final = evaluation.status in FINAL
    return Judgement(
        evaluation=evaluation,
        key=key,
        grade=grade,
        elements_of_outstanding=elements,
        reason=words.REASONS[grade],
        sees_it_the_same=random.choices(["yes", "in_part", "no"], [80, 15, 5])[0]
        if key in PILLARS
        else "",
        final_grade=grade if final else "",
        final_elements=elements if final else False,
        final_reason=words.REASONS[grade] if final else "",
    )


def _answers(random, evaluation, pillar, grade, rows: Rows, *, unfinished: bool) -> None:
    chances = {
        Grade.OUTSTANDING: [90, 10, 0],
        Grade.GOOD: [70, 25, 5],
        Grade.REQUIRES_IMPROVEMENT: [35, 45, 20],
        Grade.INADEQUATE: [10, 40, 50],
    }[grade]
    for place, question in enumerate(pillar["questions"]):
        if unfinished and place > 2:
            return
        finding = random.choices(["yes", "in_part", "no"], chances)[0]
        on_record = {"yes": "clear", "in_part": "in_part", "no": "not_found"}[finding]
        rows.answers.append(
            Answer(
                evaluation=evaluation,
                pillar=pillar["key"],
                question=question["key"],
                tell=random.choice(words.TELL[pillar["key"]]),
                show=random.choice(words.SHOW[finding]),
                not_found=finding == "no",
                finding=finding,
                on_record=on_record,
            )
        )
        if finding == "no":
            continue
        what, where = random.choice(words.EVIDENCE)
        rows.evidence.append(
            Evidence(
                evaluation=evaluation,
                pillar=pillar["key"],
                question=question["key"],
                what=what,
                where=where,
                dated=evaluation.conversation_on - timedelta(days=random.randint(5, 120)),
                clarity="clear" if finding == "yes" else "in_part",
            )
        )


def _voices(random: Random, evaluation: Evaluation, rows: Rows) -> None:
    for voice in ("child", "parent", "partner"):
        spoken = random.random() < 0.62
        helped, better = words.FEEDBACK[voice]
        rows.feedback.append(
            Feedback(
                evaluation=evaluation,
                voice=voice,
                who=words.WHO[voice],
                attempted_on=evaluation.conversation_on,
                outcome="spoken_with" if spoken else "could_not_reach",
                outcome_reason="" if spoken else "Two calls and a message, no answer.",
                how=random.choice(["in_person", "by_phone"]) if spoken else "",
                may_quote=spoken,
                statements={
                    key: random.choices(["yes", "mostly", "not_really"], [60, 30, 10])[0]
                    for key in ("understands_why", "understood", "involved", "next", "better")
                }
                if spoken
                else {},
                helped_most=helped if spoken else "",
                do_better=better if spoken else "",
            )
        )


def _afterwards(cast: Cast, random: Random, evaluation: Evaluation, rows: Rows) -> None:
    disagrees = random.random() < 0.06
    rows.reflections.append(
        Reflection(
            evaluation=evaluation,
            prepare="Proud of the direct work. Hard: finding time to write it up.",
            prepared_at=evaluation.started_at,
            answers=words.REFLECTION,
            agrees="no" if disagrees else "yes",
            replied_at=evaluation.submitted_at,
            version=1,
        )
    )
    if random.random() < 0.04:
        raised = evaluation.submitted_at - timedelta(days=3)
        area = evaluation.service_area
        rows.alerts.append(
            SafetyAlert(
                evaluation=evaluation,
                status="closed",
                worry="Bruising was described that is not on the record.",
                not_safe_now=False,
                whom_phoned="The team manager",
                phoned_at=raised,
                raised_by=evaluation.evaluator,
                raised_at=raised,
                acknowledged_by=area.head_of_service,
                acknowledged_at=raised + timedelta(hours=1),
                action="A strategy discussion was held the same day.",
                action_by=area.head_of_service,
                action_at=raised + timedelta(hours=6),
                closed_by=area.assistant_director,
                closed_at=raised + timedelta(days=1),
            )
        )
    if evaluation.status != Status.SHARED:
        return
    if random.random() < 0.7:
        rows.supervision.append(
            SupervisionDiscussion(
                evaluation=evaluation,
                tabled_on=min(cast.today, timezone.localdate(evaluation.shared_at) + timedelta(8)),
                by=evaluation.team.manager,
                note="Talked through what helps, and agreed the first step.",
            )
        )
    if random.random() < 0.15:
        rows.replies.append(
            Reply(
                evaluation=evaluation,
                by=evaluation.practitioner,
                at=min(moment(cast.today), evaluation.shared_at + timedelta(days=4)),
                words="Thank you. It helped to look at it together.",
            )
        )
