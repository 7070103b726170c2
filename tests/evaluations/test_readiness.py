"""Each rule of submission, taken away by hand from an evaluation that lacks nothing."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from evaluations import readiness
from evaluations.models import Feedback
from recommendations.models import Recommendation
from tests.evaluations.drafts import make_complete, make_draft
from tests.evaluations.test_limits import alert, give


def lacking(evaluation, **options):
    evaluation.refresh_from_db()
    return [item.sentence for item in readiness.missing(evaluation, **options)]


def recommend(evaluation, number=1, **fields):
    return Recommendation.objects.create(
        **{
            "reference": f"{evaluation.reference}-R{number}",
            "evaluation": evaluation,
            "cycle": evaluation.cycle,
            "theme": "visits",
            "problem": "p",
            "action": "a",
            "difference": "d",
            "priority": "low",
            "owner": evaluation.practitioner,
            "accountable_manager": evaluation.team.manager,
            "created_by": evaluation.evaluator,
            **fields,
        }
    )


def test_an_evaluation_with_everything_is_ready(trust):
    assert lacking(make_complete(trust)) == []


def test_everything_missing_is_named_at_once(trust):
    assert lacking(make_draft(trust)) == [
        "Say on which day you sat alongside Jo",
        "Invite Jo to write down their own view",
        "Child's voice, question 1: choose what you found",
        "Child's voice, question 2: choose what you found",
        "Child's voice, question 3: choose what you found",
        "Child's voice: choose a grade",
        "Child's voice: say why you chose this grade",
        "Assessment, question 1: choose what you found",
        "Assessment, question 2: choose what you found",
        "Assessment, question 3: choose what you found",
        "Assessment, question 4: choose what you found",
        "Assessment: choose a grade",
        "Assessment: say why you chose this grade",
        "Planning, question 1: choose what you found",
        "Planning, question 2: choose what you found",
        "Planning, question 4: choose what you found",
        "Planning: choose a grade",
        "Planning: say why you chose this grade",
        "Management oversight and supervision, question 1: choose what you found",
        "Management oversight and supervision, question 2: choose what you found",
        "Management oversight and supervision, question 3: choose what you found",
        "Management oversight and supervision: choose a grade",
        "Management oversight and supervision: say why you chose this grade",
        "The child: record at least one try to hear the child, or why it was not right to",
        "Parent or carer: record at least one try to hear a parent or carer, "
        "or why it was not right to",
        "Partner: record at least one try to hear a partner, or why it was not right to",
        "Answer “Is our help right for their circumstances?”",
        "Give your reason for “Is our help right for their circumstances?”",
        "Answer “Does the record show the quality of the work?”",
        "Give your reason for “Does the record show the quality of the work?”",
        "Overall experience and progress: choose a grade",
        "Overall experience and progress: say why you chose this grade",
        "Name at least one strength",
        "Overall grade: choose a grade",
        "Overall grade: say why you chose this grade",
    ]


@pytest.mark.parametrize(
    ("question", "finding", "tell", "show", "sentence"),
    [
        ("their_plan", "", "words", "words", "Planning, question 1: choose what you found"),
        ("everyone", "", "", "", None),  # no core question
        ("their_plan", "yes", "", "", None),
        ("their_plan", "not_applicable", "", "", None),
        (
            "their_plan",
            "in_part",
            "",
            "",
            "Planning, question 1: say in a few words why you chose “In part”",
        ),
        (
            "their_plan",
            "no",
            " ",
            "\n",
            "Planning, question 1: say in a few words why you chose “No”",
        ),
        ("their_plan", "no", "words", "", None),
        ("their_plan", "in_part", "", "words", None),
        (
            "everyone",
            "no",
            "",
            "",
            "Planning, question 3: say in a few words why you chose “No”",
        ),
    ],
)
def test_core_questions_need_a_finding_and_some_findings_need_words(
    trust, question, finding, tell, show, sentence
):
    evaluation = make_complete(trust)
    evaluation.answers.filter(question=question).update(finding=finding, tell=tell, show=show)

    assert lacking(evaluation) == ([sentence] if sentence else [])


def test_ticking_that_we_did_not_find_it_is_not_yet_words(trust):
    evaluation = make_complete(trust)
    evaluation.answers.filter(question="clear").update(finding="no", tell="", not_found=True)

    assert lacking(evaluation) == [
        "Planning, question 2: say in a few words why you chose “No”",
    ]


@pytest.mark.parametrize(
    ("key", "change", "sentence"),
    [
        ("planning", {"grade": ""}, "Planning: choose a grade"),
        ("planning", {"reason": " "}, "Planning: say why you chose Good"),
        (
            "experience_and_progress",
            {"grade": ""},
            "Overall experience and progress: choose a grade",
        ),
        (
            "experience_and_progress",
            {"reason": ""},
            "Overall experience and progress: say why you chose Good",
        ),
        ("overall", {"grade": ""}, "Overall grade: choose a grade"),
        ("overall", {"reason": ""}, "Overall grade: say why you chose Good"),
        (
            "help_is_right",
            {"extent": ""},
            "Answer “Is our help right for their circumstances?”",
        ),
        (
            "record_shows_work",
            {"reason": ""},
            "Give your reason for “Does the record show the quality of the work?”",
        ),
    ],
)
def test_every_judgement_needs_a_grade_and_a_reason(trust, key, change, sentence):
    evaluation = make_complete(trust)
    evaluation.judgements.filter(key=key).update(**change)

    assert lacking(evaluation) == [sentence]


def test_the_conversation_must_have_been_held(trust):
    evaluation = make_complete(trust, conversation_on=None)
    assert lacking(evaluation) == ["Say on which day you sat alongside Jo"]

    evaluation.conversation_on = timezone.localdate() + timedelta(days=1)
    evaluation.save()
    assert lacking(evaluation) == [
        "Sit alongside Jo first: the day you gave has not come yet",
    ]


def test_the_worker_must_have_been_invited(trust):
    evaluation = make_complete(trust, reflection_invited_at=None)

    assert lacking(evaluation) == ["Invite Jo to write down their own view"]


@pytest.mark.parametrize(
    ("today", "replied", "waits"),
    [
        (date(2026, 9, 7), False, True),
        (date(2026, 9, 11), False, True),  # four working days of silence
        (date(2026, 9, 13), False, True),  # Sunday
        (date(2026, 9, 14), False, False),  # the fifth working day
        (date(2026, 9, 7), True, False),
    ],
)
def test_five_working_days_of_silence_stand_for_a_reply(trust, today, replied, waits):
    invited = timezone.make_aware(timezone.datetime(2026, 9, 7, 10))  # a Monday
    evaluation = make_complete(
        trust, reflection_invited_at=invited, conversation_on=date(2026, 9, 7)
    )
    evaluation.reflection.replied_at = invited if replied else None
    evaluation.reflection.save()

    assert lacking(evaluation, today=today) == (
        ["Wait for Jo’s own view. You can send without it from 14 September 2026"] if waits else []
    )


@pytest.mark.parametrize("voice", ["child", "parent", "partner"])
def test_each_voice_needs_an_attempt(trust, voice):
    evaluation = make_complete(trust)
    evaluation.feedback.filter(voice=voice).delete()

    assert [item.section for item in readiness.missing(evaluation)] == [f"feedback-{voice}"]


@pytest.mark.parametrize(
    ("outcome", "reason", "sentence"),
    [
        ("spoken_with", "", None),
        ("declined", "Did not want to", None),
        ("could_not_reach", "Three calls", None),
        ("not_appropriate", "In court this week", None),
        ("", "", "Parent or carer: say what came of it"),
        ("declined", "", "Parent or carer: say why a parent or carer declined"),
        ("could_not_reach", " ", "Parent or carer: say why you could not reach a parent or carer"),
        (
            "not_appropriate",
            "",
            "Parent or carer: say why it was not right to ask a parent or carer",
        ),
    ],
)
def test_not_having_spoken_needs_a_reason(trust, outcome, reason, sentence):
    evaluation = make_complete(trust)
    evaluation.feedback.filter(voice="parent").update(outcome=outcome, outcome_reason=reason)

    assert lacking(evaluation) == ([sentence] if sentence else [])


def test_of_several_tries_the_incomplete_one_is_named(trust):
    evaluation = make_complete(trust)
    Feedback.objects.create(evaluation=evaluation, voice="child", outcome="spoken_with")

    assert lacking(evaluation) == ["The child, try 2: say on which day"]


def test_a_grade_above_its_limit_is_refused(trust):
    evaluation = make_complete(trust)
    give(evaluation, planning="inadequate")

    assert lacking(evaluation) == [
        "The overall grade can be Requires improvement at most, because a pillar is Inadequate"
    ]

    give(evaluation, overall="requires_improvement")
    recommend(evaluation)
    assert lacking(evaluation) == []


@pytest.mark.parametrize(
    ("status", "blocks"),
    [("raised", True), ("acknowledged", False), ("action_recorded", False), ("closed", False)],
)
def test_only_an_alert_that_nobody_acknowledged_stands_in_the_way(trust, status, blocks):
    evaluation = make_complete(trust)
    alert(evaluation, status=status, not_safe_now=False)

    assert lacking(evaluation) == (
        ["A safety alert is waiting for the head of service to acknowledge it"] if blocks else []
    )


@pytest.mark.parametrize(("strengths", "ready"), [([], False), (["", " "], False), (["x"], True)])
def test_at_least_one_strength_is_named(trust, strengths, ready):
    evaluation = make_complete(trust, strengths=strengths)

    assert lacking(evaluation) == ([] if ready else ["Name at least one strength"])


@pytest.mark.parametrize(
    ("overall", "sentence"),
    [
        ("outstanding", None),
        ("good", None),
        (
            "requires_improvement",
            "Write at least one recommendation, because the overall grade is Requires improvement",
        ),
        (
            "inadequate",
            "Write at least one recommendation, because the overall grade is Inadequate",
        ),
    ],
)
def test_under_good_needs_a_recommendation(trust, overall, sentence):
    evaluation = make_complete(trust)
    give(evaluation, overall=overall)

    assert lacking(evaluation) == ([sentence] if sentence else [])

    recommend(evaluation)
    assert lacking(evaluation) == []


def test_a_recommendation_that_was_withdrawn_does_not_count(trust):
    evaluation = make_complete(trust)
    give(evaluation, overall="inadequate")
    recommend(evaluation, status="withdrawn", due_on=timezone.localdate())

    assert lacking(evaluation) == [
        "Write at least one recommendation, because the overall grade is Inadequate"
    ]


def test_at_most_so_many_recommendations(trust):
    evaluation = make_complete(trust)
    for number in range(1, 6):
        recommend(evaluation, number)
    assert lacking(evaluation) == []

    recommend(evaluation, 6)
    assert lacking(evaluation) == [
        "Keep the 5 recommendations that matter most. There are 6",
    ]


def test_each_item_links_to_its_field(trust):
    evaluation = make_draft(trust)
    pk = evaluation.pk

    urls = {item.sentence: item.url for item in readiness.missing(evaluation)}

    assert urls["Say on which day you sat alongside Jo"] == (
        f"/evaluations/{pk}/conversation/#id_conversation_on"
    )
    assert urls["Planning, question 4: choose what you found"] == (
        f"/evaluations/{pk}/planning/#id_moving-finding_0"
    )
    assert urls["Planning: choose a grade"] == f"/evaluations/{pk}/planning/#id_judgement-grade_0"
    assert urls["Name at least one strength"] == f"/evaluations/{pk}/strengths/#id_strength-0-words"
    # The overall grade is asked for once the pillars are graded: the way leads over the first.
    assert urls["Overall grade: choose a grade"] == (
        f"/evaluations/{pk}/child_voice/#id_judgement-grade_0"
    )


def test_the_overall_grade_links_to_its_own_field_once_the_pillars_are_graded(trust):
    evaluation = make_complete(trust)
    evaluation.judgements.filter(key="overall").update(grade="")

    urls = {item.sentence: item.url for item in readiness.missing(evaluation)}

    assert urls["Overall grade: choose a grade"] == (
        f"/evaluations/{evaluation.pk}/overall/#id_overall-grade_0"
    )


def test_the_check_takes_as_many_queries_for_a_full_draft_as_for_an_empty_one(
    trust, django_assert_num_queries
):
    for evaluation in (make_draft(trust), make_complete(trust)):
        evaluation = (
            type(evaluation)
            .objects.select_related("instrument", "cycle", "practitioner", "reflection")
            .get(pk=evaluation.pk)
        )
        with django_assert_num_queries(10):
            readiness.missing(evaluation)
