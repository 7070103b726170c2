"""Fields are GOV.UK markup, errors are plain and linked, and what was typed is kept."""

from html.parser import HTMLParser

import pytest
from django import forms
from django.template import Context, Template

from trust_qa.templatetags.alongside import errors_of


class Elements(HTMLParser):
    """Collects every element with its attributes."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def by_id(self, id_: str) -> dict:
        (attrs,) = [attrs for _, attrs in self.found if attrs.get("id") == id_]
        return attrs


class Sample(forms.Form):
    words = forms.CharField(
        label="Due words", help_text="Say <b>it</b>.", max_length=5, widget=forms.Textarea
    )
    count = forms.IntegerField(label="How many?", min_value=1)
    due = forms.DateField(label="Due date")
    made = forms.ChoiceField(
        label="Did it help?",
        choices=[("y", "Yes"), ("n", "No")],
        widget=forms.RadioSelect(attrs={"hints": {"y": "This closes the loop"}}),
    )
    voices = forms.MultipleChoiceField(
        label="Who spoke", choices=[("c", "Child")], widget=forms.CheckboxSelectMultiple
    )
    agree = forms.BooleanField(label="I have told my manager", help_text="On the day.")
    area = forms.ChoiceField(label="Service area", choices=[("", "---------"), ("s", "Safe")])
    mail = forms.EmailField(label="E-mail address", error_messages={"required": "Say where to."})


def text_of(form, name: str) -> list[str]:
    from trust_qa.form_errors import plain_errors

    return plain_errors(form[name])


def test_a_control_is_tied_to_its_hint_and_its_error():
    elements = Elements(Sample({"words": ""}).as_div())
    control = elements.by_id("id_words")
    assert control["class"] == "govuk-textarea govuk-textarea--error"
    assert control["aria-describedby"] == "id_words_helptext id_words_error"
    assert control["aria-invalid"] == "true"
    assert elements.by_id("id_words_helptext")["class"] == "govuk-hint"
    assert elements.by_id("id_words_error")["class"] == "govuk-error-message"


def test_the_browser_neither_blocks_nor_cuts_what_is_typed():
    elements = Elements(Sample().as_div())
    for name in ("id_words", "id_count", "id_mail"):
        control = elements.by_id(name)
        assert {"required", "maxlength", "min", "placeholder"} & set(control) == set()


def test_a_group_carries_its_error_and_each_option_its_hint():
    html = Sample({}).as_div()
    elements = Elements(html)
    (group,) = [
        attrs
        for tag, attrs in elements.found
        if tag == "fieldset" and attrs.get("aria-describedby") == "id_made_error"
    ]
    assert group["class"] == "govuk-fieldset"
    radio = elements.by_id("id_made_0")
    assert radio["class"] == "govuk-radios__input"
    assert radio["aria-describedby"] == "id_made_0_hint"
    assert "aria-invalid" not in radio
    assert html.count("This closes the loop") == 1


def test_hints_and_labels_are_words_and_not_markup():
    assert "Say &lt;b&gt;it&lt;/b&gt;." in Sample().as_div()


@pytest.mark.parametrize(
    ("typed", "type_", "value"),
    [
        ("17/03/2026", "date", "2026-03-17"),
        ("2026-03-17", "date", "2026-03-17"),
        ("31/02/2026", "text", "31/02/2026"),
        ("soon", "text", "soon"),
        ("", "date", ""),
    ],
)
def test_a_date_keeps_what_was_typed(typed, type_, value):
    control = Elements(Sample({"due": typed}).as_div()).by_id("id_due")
    assert (control["type"], control.get("value")) == (type_, value)


def test_every_stock_error_says_what_to_do():
    form = Sample({"made": "zzz"})
    assert {name: text_of(form, name) for name in form.fields} == {
        "words": ["Enter due words"],
        "count": ["Answer “How many?”"],
        "due": ["Enter due date"],
        "made": ["Choose one of the answers listed for “Did it help?”"],
        "voices": ["Choose who spoke"],
        "agree": ["Tick “I have told my manager”"],
        "area": ["Choose service area"],
        "mail": ["Say where to."],
    }
    form = Sample({"words": "too long", "count": "0", "due": "31/02/2026", "mail": "nobody"})
    assert text_of(form, "words") == ["“Due words” can have 5 characters at most. You have 8"]
    assert text_of(form, "count") == ["“How many?” must be 1 or more"]
    assert text_of(form, "due") == [
        "Enter a date that exists, like 27/3/2026 or 2026-03-27, for “Due date”"
    ]
    assert text_of(form, "mail") == [
        "Enter an e-mail address, like name@example.org, for “E-mail address”"
    ]
    assert text_of(Sample({"words": "a\x00b"}), "words") == [
        "Take out the characters that cannot be shown, from “Due words”"
    ]


def test_the_summary_links_every_error_to_its_control():
    form = Sample({})
    form.add_error(None, "These do not go together.")
    assert [(error["target"], error["text"]) for error in errors_of(form)] == [
        ("id_words", "These do not go together."),
        ("id_words", "Enter due words"),
        ("id_count", "Answer “How many?”"),
        ("id_due", "Enter due date"),
        ("id_made_0", "Answer “Did it help?”"),
        ("id_voices_0", "Choose who spoke"),
        ("id_agree", "Tick “I have told my manager”"),
        ("id_area", "Choose service area"),
        ("id_mail", "Say where to."),
    ]


def test_every_link_of_the_summary_leads_somewhere():
    form = Sample({})
    ids = {attrs.get("id") for _, attrs in Elements(form.as_div()).found}
    assert {error["target"] for error in errors_of(form)} - ids == set()


def test_a_formset_is_summarised_form_by_form():
    data = {
        "form-TOTAL_FORMS": "2",
        "form-INITIAL_FORMS": "0",
        "form-0-name": "x",
        "form-1-name": "",
    }

    class Name(forms.Form):
        use_required_attribute = False
        name = forms.CharField(label="Name")

    formset = forms.formset_factory(Name, extra=0)(data)
    formset.forms[1].empty_permitted = False
    assert errors_of(formset) == [{"text": "Enter name", "target": "id_form-1-name"}]


def test_the_summary_is_shown_once_however_often_it_is_asked_for():
    twice = "{% include 'includes/error_summary.html' %}" * 2
    html = Template(twice).render(Context({"form": Sample({})}))
    assert html.count("govuk-error-summary__title") == 1


def test_a_form_without_errors_has_no_summary():
    template = Template("{% include 'includes/error_summary.html' %}")
    assert template.render(Context({"form": Sample()})).strip() == ""
    assert template.render(Context({})).strip() == ""
