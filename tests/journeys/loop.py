"""The story that both journeys tell: who takes part, what they say, and what must remain of it.

One child of three is drawn. Ruth evaluates Jo's work; two moderators differ from her by one step on
the child's voice, they do not agree, and a panel decides. It is released, Jo's action is done and
checked, and a cycle later Farah finds that life is better.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from email.header import decode_header, make_header
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import time_machine
from django.core.management import call_command

from audit_trail.models import TrailEntry
from cycles.models import ChildRecord, Cycle
from evaluations.enums import GRADED, PILLARS
from evaluations.models import Evaluation
from moderation.models import ModerationCase, Panel
from notifications.models import Reminder
from recommendations.models import Recommendation, Revisit
from tests.factories import make_trust

LONDON = ZoneInfo("Europe/London")
HEADINGS = (
    "Child Unique ID,Gender,Ethnicity,Date of Birth,Does the Child have a Disability,"
    "Allocated Team,Allocated Worker,Plan Type,Start Date,End Date"
)
IDENTIFIERS = ("ECL70001", "ECL70002", "ECL70003")
EXTRACT = "\n".join(
    [
        HEADINGS,
        *(
            f'{identifier},Female,WBRI,17/03/2016,No,Safeguarding East 1,"Bennett, Jo",'
            "Child protection,01/02/2026,"
            for identifier in IDENTIFIERS
        ),
    ]
).encode()

# What people say. Each text holds a word that must never leave the service in a letter.
CANARY = "kingfisher"
TOLD = f"She drew a {CANARY} and said what she wants."
REASON = f"The {CANARY} drawing changed the plan."
REFER_REASON = "We read the descriptor of Outstanding differently."
DECIDED_REASON = "Strong work; her views did not yet visibly change events."
NOTE = "Read every page: no names of other people."
REPLY = "I will use drawing with other children too."
EVIDENCE = "Case notes, 14 October 2026"
FOUND = "She told me herself, and her plan is on the fridge."

VOICES = ("child", "parent", "partner")
# Ruth's grades, and the moderators' blind ones.
EVALUATOR_GRADES = dict.fromkeys(GRADED, "good") | {"child_voice": "outstanding"}
MODERATOR_GRADES = {
    "moderator": dict.fromkeys(GRADED, "good"),
    "moderator2": EVALUATOR_GRADES,
}
FINAL_GRADES = dict.fromkeys(GRADED, "good")
RECOMMENDATION = {
    "action": "See her alone at school every fortnight",
    "problem": "Visits are in time, and mostly at home.",
    "difference": "She has somebody to tell when she is worried.",
    "evidence_wanted": "Her words in the case notes",
    "pillar": "child_voice",
    "theme": "visits",
    "level": "child",
    "priority": "high",
    "agreed_with": "The worker and her manager",
}


@contextmanager
def at(text: str):
    """It is this moment in London: "2026-10-05 10:00"; the clock runs on from there."""
    moment = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=LONDON)
    with time_machine.travel(moment.astimezone(UTC), tick=True):
        yield


def set_the_stage() -> SimpleNamespace:
    """The cast of `make_trust`, with neither a cycle nor a child yet."""
    trust = make_trust()
    trust.cycle.delete()
    trust.child.delete()
    return trust


def sweep() -> None:
    """What beat asks for each minute, by hand."""
    call_command("send_due_reminders", verbosity=0)


def strangers(trust) -> list:
    """People with no part in this child's life or work."""
    return [trust.outsider, trust.other_practitioner, trust.other_head]


# What remains ------------------------------------------------------------------------------------

QUIET = {"save_section"}  # a draft's saves: counted apart


def trail_of(record, trust) -> list[tuple[str, str, str]]:
    """The verbs written about a record, in order: verb, who (as in the cast), state afterwards."""
    names = {person.pk: name for name, person in vars(trust).items() if hasattr(person, "email")}
    entries = TrailEntry.objects.for_record(record).order_by("pk")
    return [
        (one.action, names[one.by_id] if one.by_id else "the service", one.after)
        for one in entries
        if not one.action.startswith("view") and one.action not in QUIET
    ]


THE_SERVICE = "the service"
EVALUATION_TRAIL = [
    ("plan", "hub", "planned"),
    ("allocate", "hub", "allocated"),
    ("accept", "evaluator", "accepted"),
    ("start", "evaluator", "in_progress"),
    ("record_conversation", "evaluator", "in_progress"),
    ("invite_to_reflect", "evaluator", "in_progress"),
    ("write_reflection", "practitioner", ""),
    ("submit", "evaluator", "submitted"),
    ("into_moderation", THE_SERVICE, "in_moderation"),
    ("reveal", THE_SERVICE, "in_moderation"),
    ("finalise", "chair", "finalised"),
    ("check_third_party", "hub2", "finalised"),
    ("approve_share", "hub_lead", "shared"),
    ("reply", "practitioner", "shared"),
    ("table_in_supervision", "manager", "shared"),
    ("close", THE_SERVICE, "closed"),
]
CASE_TRAIL = [
    ("choose", THE_SERVICE, "queued"),
    ("assign", "hub", "grading"),
    ("lock_grades", "moderator", "grading"),
    ("lock_grades", "moderator2", "grading"),
    ("reveal", THE_SERVICE, "revealed"),
    ("agree", "moderator2", "revealed"),
    ("refer", "evaluator", "referred"),
    ("put_on_panel", "hub", "referred"),
    ("record_decision", "chair", "referred"),
    ("decide", THE_SERVICE, "decided"),
]
PANEL_TRAIL = [
    ("schedule", "hub", "scheduled"),
    ("open", "chair", "sitting"),
    ("sign", "chair", "closed"),
]
RECOMMENDATION_TRAIL = [
    ("create", "evaluator", "draft"),
    ("agree", "evaluator", "agreed"),
    ("start", "practitioner", "under_way"),
    ("update_progress", "practitioner", "under_way"),
    ("claim_done", "practitioner", "done"),
    ("check", "manager", "checked"),
    ("close_loop", "other_evaluator", "loop_closed"),
]
REVISIT_TRAIL = [
    ("allocate", "hub", "allocated"),
    ("start", "other_evaluator", "in_progress"),
    ("complete", "other_evaluator", "completed"),
]
FIRST_CYCLE_TRAIL = [
    ("plan", "hub", "planned"),
    ("draw_sample", "hub", "planned"),
    ("open", "hub", "open"),
    ("start_moderating", "hub", "moderating"),
    ("close", "hub_lead", "closed"),
]
SECOND_CYCLE_TRAIL = [
    ("plan", "hub", "planned"),
    ("draw_sample", "hub", "planned"),
    ("open", "hub", "open"),
    ("draw_revisits", "hub", ""),
]


def assert_trail(trust) -> None:
    """Who did what, in order, for each record of the story."""
    first, second = Cycle.objects.order_by("starts_on")
    assert trail_of(Evaluation.objects.get(), trust) == EVALUATION_TRAIL
    assert trail_of(ModerationCase.objects.get(), trust) == CASE_TRAIL
    assert trail_of(Panel.objects.get(), trust) == PANEL_TRAIL
    assert trail_of(Recommendation.objects.get(), trust) == RECOMMENDATION_TRAIL
    assert trail_of(Revisit.objects.get(), trust) == REVISIT_TRAIL
    assert trail_of(first, trust) == FIRST_CYCLE_TRAIL
    assert trail_of(second, trust) == SECOND_CYCLE_TRAIL
    saved = TrailEntry.objects.for_record(Evaluation.objects.get()).filter(action="save_section")
    assert {entry.by for entry in saved} == {trust.evaluator}
    assert len({entry.detail["section"] for entry in saved}) == 12  # every page of the form
    children = {entry.children[0] for entry in saved}
    assert children == {Evaluation.objects.get().child.reference}


def assert_final_states() -> None:
    """Where everything stands when the loop is closed."""
    evaluation = Evaluation.objects.get()
    case, panel = ModerationCase.objects.get(), Panel.objects.get()
    recommendation, revisit = Recommendation.objects.get(), Revisit.objects.get()
    assert list(Cycle.objects.order_by("starts_on").values_list("status", flat=True)) == [
        "closed",
        "open",
    ]
    assert (evaluation.status, case.status, panel.status, revisit.status) == (
        "closed",
        "decided",
        "closed",
        "completed",
    )
    final = dict(evaluation.judgements.exclude(grade="").values_list("key", "final_grade"))
    assert final == FINAL_GRADES
    own = dict(evaluation.judgements.exclude(grade="").values_list("key", "grade"))
    assert own == EVALUATOR_GRADES  # the first grades stay beside the final ones
    voice = case.decisions.get(key="child_voice")
    assert (voice.outcome, voice.reason_code, voice.by_panel) == (
        "lowered",
        "descriptor_misread",
        True,
    )
    assert case.decisions.filter(outcome="upheld").count() == 5
    assert recommendation.status == "loop_closed"
    assert recommendation.closing_finding.revisit == revisit
    assert recommendation.closing_finding.difference == "better"
    assert recommendation.updates.get(after="done").evidence == EVIDENCE
    assert revisit.kind == "full"
    assert dict(revisit.regrades.values_list("key", "grade")) == dict.fromkeys(PILLARS, "good")
    assert evaluation.replies.get().words == REPLY
    assert evaluation.supervision_discussions.count() == 1


REFERENCE = "PE-2627Q3-0001"
HUB = ("hub", "hub2", "hub_lead")
MODERATORS = ("moderator", "moderator2")
PANEL = ("chair", *MODERATORS)
# Every letter of the story, in the order of the story: to whom, and what its subject says.
LETTERS_BY_OCCASION: list[tuple[tuple[str, ...], str]] = [
    (("evaluator",), f"A practice evaluation for you: {REFERENCE}"),
    (("practitioner",), f"Somebody would like to sit alongside you: {REFERENCE}"),
    (("practitioner",), f"Your own words on {REFERENCE}"),
    (("practitioner",), f"Can you take this on by 21 October 2026: {REFERENCE}-R1"),
    (HUB, f"{REFERENCE} has been sent in"),
    (MODERATORS, f"Grade {REFERENCE} by 15 October 2026"),
    (("evaluator", *MODERATORS), f"{REFERENCE}: everyone’s grades can be seen"),
    (HUB, f"{REFERENCE} goes to a panel"),
    (PANEL, "A moderation panel on 19 October 2026"),
    (PANEL, "Papers for the panel of 19 October 2026"),
    (("practitioner",), f"Due on 21 October 2026: {REFERENCE}-R1"),
    (("manager",), f"Check {REFERENCE}-R1 by 29 October 2026"),
    (HUB, f"{REFERENCE}: check and release by 21 October 2026"),
    (("practitioner", "manager"), f"The practice evaluation {REFERENCE} is ready to read"),
    (("practitioner",), f"{REFERENCE}-R1 has been checked"),
    (("other_evaluator",), f"Look again at {REFERENCE} by 31 March 2027"),
    (("practitioner",), f"Looking again at {REFERENCE}"),
    (("practitioner",), f"{REFERENCE}-R1 made a difference"),
]
LETTERS = [(name, subject) for names, subject in LETTERS_BY_OCCASION for name in names]


def subject(letter) -> str:
    """The subject as it is read."""
    return str(make_header(decode_header(letter["Subject"])))


def assert_letters(trust, box) -> None:
    """The letters that reached the mail server: these and no others, once each, and discreet."""
    names = {person.email: name for name, person in vars(trust).items() if hasattr(person, "email")}
    arrived = sorted((names[letter["To"]], subject(letter)) for letter in box.letters)
    assert arrived == sorted(LETTERS)
    ids = [letter["Message-ID"] for letter in box.letters]
    assert len(set(ids)) == len(ids)
    assert set(Reminder.objects.values_list("status", flat=True)) <= {"sent", "stopped"}
    assert Reminder.objects.filter(status="sent").count() == len(ids)
    child = Evaluation.objects.get().child
    forbidden = [
        CANARY,
        child.reference,
        *IDENTIFIERS,
        *ChildRecord.objects.values_list("reference", flat=True),
        "outstanding",
        "requires improvement",
        "inadequate",
        r"\bgood\b",
        "child protection",
        RECOMMENDATION["action"],
        trust.practitioner.name,
    ]
    for letter in box.letters:
        text = letter.get_payload(decode=True).decode() + subject(letter)
        for words in forbidden:
            assert not re.search(words, text, re.IGNORECASE), (words, text)
