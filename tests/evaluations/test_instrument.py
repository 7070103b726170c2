import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from audit_trail.models import TrailEntry
from evaluations import instrument
from evaluations.models import Evaluation, Instrument
from tests.factories import make_instrument
from workflow.exceptions import Conflict, NotPermitted


@pytest.mark.parametrize(
    ("text", "pronouns", "read"),
    [
        (
            "What is life like for {them}, in {their} own words?",
            "she",
            "What is life like for her, in her own words?",
        ),
        (
            "What is life like for {them}, in {their} own words?",
            "he",
            "What is life like for him, in his own words?",
        ),
        (
            "What is life like for {them}, in {their} own words?",
            "they",
            "What is life like for them, in their own words?",
        ),
        ("Can {they} see {them}self in the record?", "she", "Can she see herself in the record?"),
        ("Can {they} see {them}self in the record?", "he", "Can he see himself in the record?"),
        (
            "Can {they} see {them}self in the record?",
            "they",
            "Can they see themselves in the record?",
        ),
        (
            "does what {they} tell us change what we do?",
            "she",
            "does what she tells us change what we do?",
        ),
        (
            "does what {they} tell us change what we do?",
            "they",
            "does what they tell us change what we do?",
        ),
        ("Write as if {they} are reading it at 18.", "he", "Write as if he is reading it at 18."),
        ("where {they} live meets {their} needs", "she", "where she lives meets her needs"),
        (
            "What changed because of what {they} told us?",
            "she",
            "What changed because of what she told us?",
        ),
        ("{They} said", "she", "{They} said"),
        ("{their} plan", "he", "His plan"),
        ("for {them}", "", "for them"),
        ("for {them}", "xyz", "for them"),
    ],
)
def test_every_sentence_is_about_this_child(text, pronouns, read):
    assert instrument.with_pronouns(text, pronouns) == read


def test_an_option_is_stored_by_its_words():
    assert instrument.option_key("child protection") == "child_protection"
    assert instrument.option_key("18 and over") == "18_and_over"
    assert instrument.option_key("re-referral") == "re_referral"


def test_the_default_form_is_read_whole(db):
    form = instrument.read(make_instrument(), "she")

    assert [p.key for p in form.pillars] == ["child_voice", "assessment", "planning", "oversight"]
    assert [len(p.questions) for p in form.pillars] == [5, 5, 5, 5]
    assert sum(q.core for p in form.pillars for q in p.questions) == 13
    assert form.pillars[0].questions[0].text == "What is life like for her, in her own words?"
    assert [j.key for j in form.judgements] == [
        "help_is_right",
        "record_shows_work",
        "experience_and_progress",
        "overall",
    ]
    assert form.judgement("help_is_right").title == "Is our help right for her circumstances?"
    assert [len(form.statements_for(v)) for v in ("child", "parent", "partner")] == [5, 5, 7]
    assert form.strengths_at_least == 1
    assert [limit.overall_at_most for limit in form.limits] == [
        "requires_improvement",
        "inadequate",
    ]
    assert form.descriptors["child_voice"]["good"][0] == (
        "The child is seen enough, known well and heard alone."
    )


def test_no_pronoun_is_left_unread(db):
    for pronouns in ("she", "he", "they"):
        assert "{the" not in str(instrument.read(make_instrument(), pronouns))


def test_an_evaluation_is_asked_in_the_pronouns_of_its_glance_page(db):
    evaluation = Evaluation(instrument=make_instrument(), glance={"pronouns": "he"})

    assert instrument.form_of(evaluation).pillars[0].questions[1].text == (
        "Seen alone, often enough, somewhere that suits him?"
    )
    evaluation.glance = {}
    assert instrument.form_of(evaluation).pillars[0].questions[1].text == (
        "Seen alone, often enough, somewhere that suits them?"
    )


def test_the_form_is_published_once_and_its_publishing_is_in_the_trail(db, capsys):
    call_command("publish_instrument")
    call_command("publish_instrument")

    assert Instrument.objects.count() == 1
    assert Instrument.objects.get().published_at is not None
    assert capsys.readouterr().out.splitlines() == [
        "Practice evaluation, version 1 published.",
        "Practice evaluation, version 1 is published already.",
    ]
    assert list(TrailEntry.objects.values_list("action", "by")) == [("publish", None)]


def test_another_wording_of_a_published_version_is_refused(db):
    published = make_instrument()
    changed = published.content | {"title": "Something else"}

    with pytest.raises(Conflict) as refusal:
        instrument.publish(changed)

    assert str(refusal.value) == (
        "Version 1 of practice-evaluation is published, and a published version never changes. "
        "Give the changed form a new version number."
    )
    published.refresh_from_db()
    assert published.title == "Practice evaluation"


def test_a_new_version_stands_beside_the_old_one(db):
    first = make_instrument()

    second, is_new = instrument.publish(first.content | {"version": 2, "title": "Second"})

    assert (is_new, second.version) == (True, 2)
    assert Instrument.objects.count() == 2


def test_a_draft_version_may_still_be_changed_and_then_published(db):
    content = make_instrument().content | {"version": 2}
    draft = Instrument.objects.create(key=content["key"], version=2, title="x", content={})

    published, is_new = instrument.publish(content)

    assert (is_new, published.pk) == (True, draft.pk)
    assert published.content == content


@pytest.mark.parametrize("change", [{"title": "x"}, {"content": {}}, {"version": 9}])
def test_the_database_itself_refuses_to_change_a_published_version(db, change):
    make_instrument()

    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        Instrument.objects.update(**change)

    assert str(refusal.value).splitlines()[0] == "A published version of the form never changes."


def test_only_the_hub_lead_publishes_in_the_service(trust):
    content = trust.cycle.instrument.content | {"version": 2}

    for person in (trust.evaluator, trust.hub, trust.administrator):
        with pytest.raises(NotPermitted):
            instrument.publish(content, by=person)
    assert instrument.publish(content, by=trust.hub_lead)[0].published_by == trust.hub_lead


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ([], "The file does not hold a form."),
        (
            {"pillars": None},
            "The form is not laid out as expected near 'NoneType' object is not iterable.",
        ),
        (
            {"limits": [{"when": "it rains", "overall_at_most": "good"}]},
            "No rule of the service is called “it rains”.",
        ),
        ({"advice": ["think"]}, "No rule of the service is called “think”."),
        (
            {"pillars": []},
            "The pillars must be child_voice, assessment, planning, oversight, in that order.",
        ),
    ],
)
def test_what_is_not_a_form_is_not_published(db, broken, sentence):
    content = make_instrument().content | {"version": 2}
    content = content | broken if isinstance(broken, dict) else broken

    with pytest.raises(Conflict) as refusal:
        instrument.publish(content)

    assert str(refusal.value) == sentence
    assert Instrument.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "The file is not YAML:"),
        ("just words", "The file does not hold a form."),
        ("title: x", "The form has no key. The form has no version."),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(db, tmp_path, text, sentence):
    file = tmp_path / "form.yaml"
    file.write_text(text)

    with pytest.raises(CommandError) as refusal:
        call_command("publish_instrument", str(file))

    assert str(refusal.value)[: len(sentence)] == sentence
    assert Instrument.objects.count() == 0


def test_a_file_that_is_not_there_and_a_person_who_is_not_there_are_refused(db, tmp_path):
    with pytest.raises(CommandError, match="The file cannot be read"):
        call_command("publish_instrument", str(tmp_path / "nothing.yaml"))
    with pytest.raises(CommandError, match="Nobody here has the address x@y.example"):
        call_command("publish_instrument", by="x@y.example")


def test_the_shipped_file_is_a_form(settings):
    content = yaml.safe_load(settings.INSTRUMENT_FILE.read_text(encoding="utf-8"))

    assert instrument.problems(content) == []
