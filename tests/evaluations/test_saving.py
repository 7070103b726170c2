from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit_trail.models import TrailEntry
from evaluations import saving, sections
from evaluations.enums import Status
from evaluations.instrument import form_of
from evaluations.models import Answer, Evaluation, Evidence, Feedback, Judgement, Section
from tests.evaluations.drafts import make_complete, make_draft
from workflow.exceptions import Conflict, NotPermitted

POINTER = {"what": "Plan", "dated": date(2026, 2, 2), "where": "Plans", "clarity": "clear"}
TRY = {
    "who": "Mum",
    "attempted_on": date(2026, 3, 11),
    "how": "by_phone",
    "outcome": "spoken_with",
    "outcome_reason": "",
    "may_quote": True,
    "statements": {"involved": "mostly"},
    "helped_most": "Being rung back",
    "do_better": "",
}


def save(evaluation, key, data, *, version=0, by=None):
    return saving.save_section(
        evaluation, key, data, version=version, by=by or evaluation.evaluator
    )


def held(evaluation, key):
    evaluation = Evaluation.objects.get(pk=evaluation.pk)
    return sections.contents(evaluation, form_of(evaluation), key)


@pytest.mark.parametrize(
    ("key", "data"),
    [
        ("glance", {"pronouns": "she", "workers_in_12_months": 3, "cohort_tags": ["custody"]}),
        ("message", {"message": "You were heard."}),
        ("strengths", {"strengths": ["One", "Two"]}),
        ("experience", {"help_is_right": {"extent": "mostly", "reason": "r"}}),
        ("experience", {"experience_and_progress": {"grade": "good", "reason": "r"}}),
        ("planning", {"judgement": {"grade": "good", "elements_of_outstanding": True}}),
        ("planning", {"answers": {"clear": {"tell": "Jo said", "finding": "no"}}}),
    ],
)
def test_what_is_saved_is_what_is_read_again(trust, key, data):
    evaluation = make_draft(trust)
    before = held(evaluation, key)

    section = save(evaluation, key, data)

    assert held(evaluation, key) == saving.merged(before, data)
    assert (section.version, section.saved_by) == (1, trust.evaluator)
    assert Evaluation.objects.get(pk=evaluation.pk).last_section == key


def test_evidence_and_tries_are_read_again_with_their_numbers(trust):
    evaluation = make_draft(trust)

    save(evaluation, "planning", {"evidence": {"clear": [POINTER]}})
    save(evaluation, "feedback-parent", {"attempts": [TRY, {**TRY, "who": "Dad"}]})

    kept = held(evaluation, "planning")["evidence"]["clear"]
    assert kept == [{"id": Evidence.objects.get().pk, **POINTER}]
    tries = held(evaluation, "feedback-parent")["attempts"]
    assert saving.without_ids(tries) == [TRY, {**TRY, "who": "Dad"}]
    assert held(evaluation, "feedback-child")["attempts"] == []


def test_the_first_save_of_all_starts_the_evaluation(trust):
    evaluation = make_draft(trust, status="accepted")

    save(evaluation, "message", {"message": "x"})

    evaluation.refresh_from_db()
    assert evaluation.status == Status.IN_PROGRESS
    assert evaluation.started_at is not None
    assert list(
        TrailEntry.objects.for_record(evaluation).order_by("pk").values_list("action", flat=True)
    ) == ["start", "save_section"]


def test_every_save_says_in_the_trail_which_page_but_no_words(trust):
    evaluation = make_draft(trust)

    save(evaluation, "message", {"message": "private words"})

    entry = TrailEntry.objects.get(action="save_section")
    assert (entry.by, entry.detail) == (trust.evaluator, {"section": "message", "version": 1})
    assert entry.children == [evaluation.child.reference]


@pytest.mark.parametrize("version", [0, 2, 7, -1])
def test_a_version_that_is_not_the_newest_is_refused_with_what_is_there(trust, version):
    evaluation = make_draft(trust)
    save(evaluation, "message", {"message": "theirs"})

    with pytest.raises(saving.StaleSection) as refusal:
        save(evaluation, "message", {"message": "mine"}, version=version)

    assert refusal.value.theirs == {"message": "theirs"}
    assert refusal.value.section.version == 1
    assert held(evaluation, "message") == {"message": "theirs"}
    assert TrailEntry.objects.filter(action="save_section").count() == 1


def test_a_refused_first_save_does_not_start_the_evaluation(trust):
    evaluation = make_draft(trust, status="accepted")

    with pytest.raises(saving.StaleSection):
        save(evaluation, "message", {"message": "mine"}, version=3)

    evaluation.refresh_from_db()
    assert evaluation.status == Status.ACCEPTED
    assert not TrailEntry.objects.exists()


def test_the_same_save_again_changes_nothing(trust):
    evaluation = make_draft(trust)
    data = {"evidence": {"clear": [POINTER]}, "answers": {"clear": {"tell": "Jo said"}}}
    first = save(evaluation, "planning", data)

    again = save(evaluation, "planning", data, version=0)

    assert (again.pk, again.version) == (first.pk, 1)
    assert Evidence.objects.count() == 1
    assert TrailEntry.objects.filter(action="save_section").count() == 1


def test_pages_have_versions_of_their_own(trust):
    evaluation = make_draft(trust)

    for key in ("message", "planning", "assessment"):
        save(evaluation, key, {})

    assert set(Section.objects.values_list("key", "version")) == {
        ("message", 1),
        ("planning", 1),
        ("assessment", 1),
    }


def test_parts_that_are_left_out_stay(trust):
    evaluation = make_draft(trust)
    save(evaluation, "planning", {"answers": {"clear": {"tell": "a", "show": "b"}}})

    save(evaluation, "planning", {"answers": {"clear": {"show": "c"}}}, version=1)

    answer = Answer.objects.get(question="clear")
    assert (answer.tell, answer.show) == ("a", "c")


def test_a_pointer_keeps_its_number_when_it_changes_and_goes_when_left_out(trust):
    evaluation = make_draft(trust)
    save(evaluation, "planning", {"evidence": {"clear": [POINTER, {**POINTER, "what": "Visit"}]}})
    first, second = held(evaluation, "planning")["evidence"]["clear"]

    save(
        evaluation,
        "planning",
        {"evidence": {"clear": [{**second, "clarity": "in_part"}], "moving": [POINTER]}},
        version=1,
    )

    kept = held(evaluation, "planning")["evidence"]
    assert kept["clear"] == [{**second, "clarity": "in_part"}]
    assert [row["what"] for row in kept["moving"]] == ["Plan"]
    assert not Evidence.objects.filter(pk=first["id"]).exists()


def test_a_row_number_of_another_evaluation_makes_a_new_row(trust):
    other, evaluation = make_draft(trust), make_draft(trust)
    save(other, "planning", {"evidence": {"clear": [POINTER]}})
    theirs = Evidence.objects.get()

    save(
        evaluation, "planning", {"evidence": {"clear": [{**POINTER, "id": theirs.pk, "what": "x"}]}}
    )

    theirs.refresh_from_db()
    assert (theirs.evaluation, theirs.what) == (other, "Plan")
    assert Evidence.objects.filter(evaluation=evaluation).count() == 1


def test_a_final_grade_is_never_touched_by_a_save(trust):
    evaluation = make_draft(trust)
    Judgement.objects.create(evaluation=evaluation, key="planning", final_grade="inadequate")

    save(evaluation, "planning", {"judgement": {"grade": "good", "reason": "r"}})

    row = Judgement.objects.get(key="planning")
    assert (row.grade, row.final_grade) == ("good", "inadequate")


def test_the_overall_grade_opens_when_all_four_pillars_are_graded(trust):
    evaluation = make_complete(trust)
    evaluation.judgements.filter(key="oversight").update(grade="")

    with pytest.raises(Conflict) as refusal:
        save(evaluation, "overall", {"overall": {"grade": "outstanding"}})
    assert str(refusal.value) == (
        "Grade all four pillars first. Then you can choose the overall grade."
    )

    evaluation.judgements.filter(key="oversight").update(grade="good")
    save(evaluation, "overall", {"overall": {"grade": "outstanding"}})
    assert Judgement.objects.get(key="overall").grade == "outstanding"


@pytest.mark.parametrize(
    "person",
    [
        "other_evaluator",
        "practitioner",
        "manager",
        "moderator",
        "hub",
        "hub_lead",
        "leader",
        "governance",
        "administrator",
        "outsider",
    ],
)
@pytest.mark.parametrize("key", ["glance", "planning", "feedback-child", "message", "overall"])
def test_nobody_but_the_evaluator_writes(trust, person, key):
    evaluation = make_complete(trust)

    with pytest.raises(NotPermitted):
        save(evaluation, key, {}, by=getattr(trust, person))

    assert not Section.objects.exists()


OPEN = {"accepted", "in_progress"}


@pytest.mark.parametrize("status", Status.values)
def test_it_can_be_written_from_acceptance_to_submission_only(trust, status):
    from django.utils import timezone

    evaluation = make_draft(
        trust,
        status=status,
        submitted_at=timezone.now(),
        submitted_by=trust.evaluator,
        eliminated_reason="closed",
        **(
            {
                "shared_at": timezone.now(),
                "shared_by": trust.hub,
                "third_party_checked_by": trust.hub2,
            }
            if status == "shared"
            else {}
        ),
    )

    if status in OPEN:
        assert save(evaluation, "message", {"message": "x"}).version == 1
    else:
        with pytest.raises(Conflict):
            save(evaluation, "message", {"message": "x"})
        assert held(evaluation, "message") == {"message": ""}


def test_a_page_that_the_form_does_not_have_is_refused(trust):
    for key in ("feedback-teacher", "recommendations", "", "check"):
        with pytest.raises(KeyError):
            save(make_draft(trust), key, {})


def test_a_save_takes_as_many_queries_for_many_answers_and_pointers_as_for_one(trust):
    few = {"answers": {"clear": {"tell": "a"}}, "evidence": {"clear": [POINTER]}}
    many = {
        "answers": {
            key: {"tell": "a"} for key in ("their_plan", "clear", "everyone", "moving", "plan_b")
        },
        "evidence": {key: [POINTER] * 4 for key in ("clear", "moving", "plan_b")},
    }
    counts = []
    for data in (many, few, many):
        evaluation = make_draft(trust)
        with CaptureQueriesContext(connection) as queries:
            save(evaluation, "planning", data)
        counts.append(len(queries))

    assert counts[1:] == [counts[1]] * 2
    assert counts[1] < 20


def test_the_answers_of_a_page_are_written_in_one_query(trust, django_assert_num_queries):
    evaluation = make_draft(trust)
    answers = {key: {"tell": "a"} for key in ("their_plan", "clear", "everyone")}

    with django_assert_num_queries(1):
        saving._keep_answers(evaluation, "planning", answers)
    with django_assert_num_queries(1):
        saving._keep_answers(evaluation, "planning", {"clear": {"tell": "b"}})

    assert set(Answer.objects.values_list("question", "tell")) == {
        ("their_plan", "a"),
        ("clear", "b"),
        ("everyone", "a"),
    }


@pytest.mark.parametrize(
    ("evidence", "not_found", "suggested"),
    [
        ([], False, ""),
        ([], True, "not_found"),
        (["clear"], False, "clear"),
        (["clear", "clear"], False, "clear"),
        (["clear", "in_part"], False, "in_part"),
        (["clear"], True, "in_part"),
    ],
)
def test_what_the_record_shows_is_suggested_from_the_evidence(evidence, not_found, suggested):
    rows = [{"clarity": clarity} for clarity in evidence]

    assert sections.suggested_on_record(rows, not_found) == suggested


@pytest.mark.parametrize(
    ("told", "suggested"),
    [
        ([], ""),
        (["clear"] * 5, "yes"),
        (["clear", "clear", "clear", "not_found"], "mostly"),
        (["in_part"] * 4, "in_part"),
        (["not_found"] * 4, "no"),
        (["not_found"] * 3 + ["in_part"], "no"),
    ],
)
def test_how_far_the_record_shows_the_work_is_suggested_from_the_answers(told, suggested):
    assert sections.suggested_extent(told) == suggested


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2026, 12, 1), "unborn"),
        (date(2026, 6, 1), "under_1"),
        (date(2025, 9, 1), "1_to_4"),
        (date(2025, 10, 1), "under_1"),
        (date(2021, 9, 1), "5_to_9"),
        (date(2016, 9, 1), "10_to_15"),
        (date(2010, 9, 1), "16_to_17"),
        (date(2008, 9, 1), "18_and_over"),
        (None, ""),
    ],
)
def test_the_age_band_comes_from_the_month_of_birth(born, band):
    assert sections.age_band(born, date(2026, 9, 15)) == band


def test_the_glance_page_starts_with_what_the_record_says(trust):
    evaluation = make_draft(trust)

    glance = held(evaluation, "glance")

    assert (glance["plan_type"], glance["cohort_tags"], glance["last_seen"]) == (
        "child_protection",
        [],
        "",
    )
    save(evaluation, "glance", {"plan_type": "child_in_care"})
    assert held(evaluation, "glance")["plan_type"] == "child_in_care"


def test_an_emptied_page_of_tries_takes_the_rows_away(trust):
    evaluation = make_draft(trust)
    save(evaluation, "feedback-child", {"attempts": [TRY]})

    save(evaluation, "feedback-child", {"attempts": []}, version=1)

    assert not Feedback.objects.exists()
