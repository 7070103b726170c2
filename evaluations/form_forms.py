"""Is what was typed on a page of the form well formed?

Nothing is required here: a draft may be left at any word. What is missing is for `readiness`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from evaluations.enums import (
    Clarity,
    Extent,
    FeedbackHow,
    FeedbackOutcome,
    FindingWord,
    Grade,
    OnRecord,
    SeesItTheSame,
)
from evaluations.instrument import Form, JudgementItem, Option, Question
from evaluations.models import WORDS

NO_SUCH_ANSWER = "Choose one of the answers shown"
MOST_ROWS = 30  # pointers for one question, tries to hear one voice, strengths
DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d %B %Y", "%d %b %Y", "%d.%m.%Y"]
EARLIEST = date(1990, 1, 1)
CONTEXT_LABELS = {
    "pronouns": "Which words does the child use?",
    "age_band": "Age",
    "plan_type": "Plan",
    "time_open": "How long have we been involved this time?",
    "workers_in_12_months": "How many workers in the last 12 months?",
    "interpreter": "Interpreter",
    "siblings_known_to_us": "Brothers or sisters known to us?",
    "last_seen": "When was the child last seen?",
    "last_supervision": "When was this child last talked about in supervision?",
    "cohort_tags": "Does any of these fit?",
}
CONTEXT_HINTS = {
    "pronouns": "Every question then uses them. They is used until you choose.",
    "age_band": "From the child’s record. Check that it is right.",
    "plan_type": "From the child’s record. Check that it is right.",
    "cohort_tags": "Choose all that fit, or none.",
}
Choices = list[tuple[str, str]]


def choices_of(options: tuple[Option, ...]) -> Choices:
    return [(option.key, option.words) for option in options]


# Fields: what every text, date and choice of the form has in common -------------------------------


class WordsField(forms.CharField):
    """Text as typed, up to a limit. Line ends are made one kind, so that counts are true."""

    def __init__(self, *, most: int = WORDS, rows: int = 0, **kwargs):
        self.most = most
        if rows:
            kwargs["widget"] = forms.Textarea(attrs={"rows": rows, "class": "tr-ta"})
        super().__init__(required=False, strip=False, **kwargs)
        self.validators = []

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")

    def validate(self, value):
        if "\x00" in value:
            raise forms.ValidationError(
                "This text has a hidden character in it that we cannot keep. "
                "Delete it, or type the words again"
            )
        if len(value) > self.most:
            raise forms.ValidationError(
                f"This is {len(value):,} characters long. Cut it to {self.most:,} or fewer"
            )


class DayField(forms.DateField):
    """A day that has been: never in the future, never before the record began."""

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            input_formats=DATE_FORMATS,
            widget=forms.DateInput(),
            error_messages={"invalid": "Write a date that exists, like 17 March 2026"},
            **kwargs,
        )

    def validate(self, value):
        if value and value > timezone.localdate() + timedelta(days=1):
            raise forms.ValidationError("Write a date that is not in the future")
        if value and value < EARLIEST:
            raise forms.ValidationError("Write a date after 1990")


class OneOf(forms.ChoiceField):
    """One answer or none. Radios, so that all answers can be read at once."""

    def __init__(self, choices, **kwargs):
        kwargs.setdefault("widget", forms.RadioSelect())
        super().__init__(
            choices=choices,
            required=False,
            error_messages={"invalid_choice": NO_SUCH_ANSWER},
            **kwargs,
        )


class CountField(forms.IntegerField):
    """A small whole number: anything else gets one sentence, whatever is wrong with it."""

    def __init__(self, **kwargs):
        words = "Write a whole number from 0 to 50"
        super().__init__(required=False, error_messages={"invalid": words}, **kwargs)

    def to_python(self, value):
        # Cut first: a number of thousands of digits is refused by Python itself.
        number = super().to_python(str(value or "")[:9])
        if number is not None and not 0 <= number <= 50:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return number


class RowNumber(forms.Field):
    """The hidden number of a row that is kept. Anything else makes the row a new one."""

    widget = forms.HiddenInput

    def clean(self, value):
        text = str(value or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None

    def has_changed(self, initial, data):
        return False


class Part(forms.Form):
    """A piece of a page. Ids hold the prefix, so that a missing answer can be linked to."""

    use_required_attribute = False

    def data_out(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


# The child and family at a glance -----------------------------------------------------------------


class GlanceForm(Part):
    """All context keys of the instrument."""

    def __init__(self, *args, form: Form, **kwargs):
        super().__init__(*args, **kwargs)
        for item in form.context:
            words: dict[str, Any] = {
                "label": CONTEXT_LABELS.get(item.key, item.key.replace("_", " ").capitalize()),
                "help_text": CONTEXT_HINTS.get(item.key, ""),
            }
            if item.kind == "date":
                self.fields[item.key] = DayField(**words)
            elif item.kind == "number":
                self.fields[item.key] = CountField(**words)
            elif item.kind == "many":
                self.fields[item.key] = forms.MultipleChoiceField(
                    choices=choices_of(item.options),
                    widget=forms.CheckboxSelectMultiple(),
                    required=False,
                    error_messages={
                        "invalid_choice": NO_SUCH_ANSWER,
                        "invalid_list": NO_SUCH_ANSWER,
                    },
                    **words,
                )
            else:
                long = len(item.options) > 5
                widget: Any = forms.Select() if long else forms.RadioSelect()
                choices = choices_of(item.options)
                self.fields[item.key] = OneOf(
                    [("", "Not known yet"), *choices] if long else choices, widget=widget, **words
                )

    def data_out(self):
        plain = {}
        for name, value in self.cleaned_data.items():
            plain[name] = value.isoformat() if isinstance(value, date) else value
            if value is None:
                plain[name] = ""
        return plain


# A pillar -----------------------------------------------------------------------------------------


class AnswerForm(Part):
    """One question: Tell me, Show me, what it comes to."""

    tell = WordsField(label="Tell me", rows=4)
    show = WordsField(label="Show me", rows=4)
    not_found = forms.BooleanField(label="We did not find this", required=False)
    finding = OneOf(FindingWord.choices, label="So, is it there?")
    on_record = OneOf(OnRecord.choices, label="Does the record show it?")

    def __init__(self, *args, question: Question, worker: str, **kwargs):
        super().__init__(*args, prefix=question.key, **kwargs)
        self.fields["tell"].help_text = f"What {worker} said"
        self.fields["show"].help_text = "What you saw together in the record"


class EvidenceForm(Part):
    """A pointer into the child's record. Never a copy of it."""

    id = RowNumber(required=False)
    what = WordsField(label="What", most=200)
    dated = DayField(label="Dated")
    where = WordsField(label="Where in the record", most=200)
    clarity = OneOf(Clarity.choices, label="How clearly does it show this?", initial="clear")

    def data_out(self):
        kept = {name: self.cleaned_data[name] for name in ("id", "what", "dated", "where")}
        return {**kept, "clarity": self.cleaned_data["clarity"] or Clarity.CLEAR.value}


class JudgementForm(Part):
    """A grade with its reason. No grade is chosen beforehand."""

    grade = OneOf(Grade.choices, label="Grade")
    elements_of_outstanding = forms.BooleanField(
        label="Good, and it has elements of Outstanding", required=False
    )
    reason = WordsField(label="Why this grade?", rows=4)

    def __init__(self, *args, worker: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = f"Two or three sentences. {worker} will read this."

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("elements_of_outstanding") and cleaned.get("grade") != Grade.GOOD:
            self.add_error(
                "elements_of_outstanding",
                "“Elements of Outstanding” goes with Good. Choose Good, or untick it",
            )
        return cleaned


class PillarJudgementForm(JudgementForm):
    """The grade of a pillar, and how the worker sees it."""

    sees_it_the_same = OneOf(SeesItTheSame.choices, label="Does the worker see it the same way?")
    would_add = WordsField(label="What the worker would add (optional)", rows=2)

    def __init__(self, *args, worker: str, **kwargs):
        super().__init__(*args, prefix="judgement", worker=worker, **kwargs)
        self.fields["sees_it_the_same"].label = f"Does {worker} see it the same way?"
        self.fields["would_add"].label = f"What {worker} would add (optional)"


class ExtentForm(Part):
    """How far: one of the two judgements that are not grades."""

    extent = OneOf(Extent.choices)
    reason = WordsField(label="Why?", rows=3)

    def __init__(self, *args, item: JudgementItem, suggested: str = "", **kwargs):
        super().__init__(*args, prefix=item.key, **kwargs)
        self.fields["extent"].label = item.title
        self.fields["extent"].choices = choices_of(item.options)
        if suggested:
            self.fields["extent"].help_text = (
                f"Your answers about the record so far suggest: {Extent(suggested).label.lower()}. "
                "You decide."
            )


# What people told us ------------------------------------------------------------------------------


class AttemptForm(Part):
    """One try to hear somebody."""

    id = RowNumber(required=False)
    who = WordsField(
        label="Who (never a name)", most=80, help_text="For example: Mum, Grandad, the school"
    )
    attempted_on = DayField(label="On which day?")
    how = OneOf(FeedbackHow.choices, label="How?")
    outcome = OneOf(FeedbackOutcome.choices, label="What came of it?")
    outcome_reason = WordsField(
        label="If you did not speak: why?",
        most=500,
        help_text="One line is enough. It is as good an answer as any.",
    )
    may_quote = forms.TypedChoiceField(
        label="May we quote their words?",
        choices=[("yes", "Yes"), ("no", "No")],
        coerce=lambda value: value == "yes",
        empty_value=False,  # type: ignore[arg-type]  # the stub knows of texts only
        required=False,
        widget=forms.RadioSelect(),
        error_messages={"invalid_choice": NO_SUCH_ANSWER},
    )
    helped_most = WordsField(rows=3)
    do_better = WordsField(rows=3)

    def __init__(self, *args, form: Form, voice: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.statement_keys = form.statements_for(voice)
        for key, words in self.statement_keys.items():
            self.fields[f"says_{key}"] = OneOf(choices_of(form.statement_options), label=words)
        self.fields["helped_most"].label = form.open_questions[0]
        self.fields["do_better"].label = form.open_questions[1]

    @property
    def statements(self):
        return [self[f"says_{key}"] for key in self.statement_keys]

    def data_out(self):
        cleaned = dict(self.cleaned_data)
        cleaned["statements"] = {
            key: said for key in self.statement_keys if (said := cleaned.pop(f"says_{key}", ""))
        }
        cleaned.pop("DELETE", None)
        return cleaned

    @staticmethod
    def initial_of(row: dict[str, Any]) -> dict[str, Any]:
        """What the page shows for an attempt that is kept."""
        said = {f"says_{key}": value for key, value in row["statements"].items()}
        return {**row, **said, "may_quote": "yes" if row["may_quote"] else "no"}


# Closing pages ------------------------------------------------------------------------------------


class StrengthForm(Part):
    words = WordsField(label="A strength", rows=2, most=2000)


class MessageForm(Part):
    message = WordsField(rows=10)

    def __init__(self, *args, form: Form, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["message"].label = form.closing["message"]
        self.fields["message"].help_text = form.help["message"]


# Rows that can be added and taken away, with or without JavaScript --------------------------------


class Rows(forms.BaseFormSet):
    """Rows of one kind: those kept, and an empty one. An emptied row is a row taken away."""

    default_error_messages = {
        "missing_management_form": "Part of this page did not arrive. Save it again",
        "too_many_forms": f"Keep the {MOST_ROWS} that matter most",
    }

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Take this away"

    def rows_out(self) -> list[dict[str, Any]]:
        """The rows to keep, in order: neither marked for removal nor empty."""
        kept = []
        for form in self.forms:
            if form.cleaned_data.get("DELETE") or not form.cleaned_data:
                continue
            row = form.data_out()
            # A clarity, a “no” or a row number alone says nothing.
            says = [v for n, v in row.items() if n not in ("id", "clarity", "may_quote")]
            if any(v.strip() if isinstance(v, str) else v for v in says):
                kept.append(row)
        return kept


def rows_of(form_class: type[Part], *, extra: int = 1) -> type[Rows]:
    """A set of rows with this many empty ones after those that are kept."""
    return forms.formset_factory(  # type: ignore[return-value]  # the stub forgets `formset`
        form_class,
        formset=Rows,
        extra=extra,
        can_delete=True,
        max_num=MOST_ROWS,
        validate_max=True,
        absolute_max=MOST_ROWS + 10,
    )
