"""Which data does the API take for one page of the form? The shapes are those of `sections`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from evaluations import sections
from evaluations.enums import (
    EXPERIENCE,
    EXTENTS,
    OVERALL,
    Clarity,
    Extent,
    FeedbackHow,
    FeedbackOutcome,
    FindingWord,
    Grade,
    OnRecord,
    SeesItTheSame,
)
from evaluations.instrument import ContextItem, Form
from evaluations.models import WORDS


class Words(serializers.CharField):
    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", WORDS)
        super().__init__(required=False, allow_blank=True, **kwargs)


class OneOf(serializers.ChoiceField):
    def __init__(self, choices, **kwargs):
        super().__init__(choices=choices, required=False, allow_blank=True, **kwargs)


class Strict(serializers.Serializer):
    """Refuses names it does not know: a slip of the pen is told, never dropped."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            unknown = sorted(str(name) for name in data if name not in self.fields)
            if unknown:
                raise serializers.ValidationError(
                    {name[:80]: ["There is no such field here."] for name in unknown[:20]}
                )
        return super().to_internal_value(data)


class AnswerSerializer(Strict):
    tell = Words()
    show = Words()
    not_found = serializers.BooleanField(required=False)
    finding = OneOf(FindingWord.choices)
    on_record = OneOf(OnRecord.choices)


class EvidenceSerializer(Strict):
    id = serializers.IntegerField(required=False, allow_null=True, default=None)
    what = serializers.CharField(max_length=200)
    dated = serializers.DateField(required=False, allow_null=True, default=None)
    where = Words(max_length=200, default="")
    clarity = serializers.ChoiceField(Clarity.choices, default=Clarity.CLEAR)


class JudgementSerializer(Strict):
    grade = OneOf(Grade.choices)
    elements_of_outstanding = serializers.BooleanField(required=False)
    reason = Words()

    def validate(self, data):
        if "grade" not in data and "elements_of_outstanding" not in data:
            return data
        if data.setdefault("elements_of_outstanding", False) and data.get("grade") != Grade.GOOD:
            raise serializers.ValidationError(
                {
                    "elements_of_outstanding": (
                        "“Elements of Outstanding” goes with Good. Send the grade good with it."
                    )
                }
            )
        return data


class PillarJudgementSerializer(JudgementSerializer):
    sees_it_the_same = OneOf(SeesItTheSame.choices)
    would_add = Words()


class ExtentSerializer(Strict):
    extent = OneOf(Extent.choices)
    reason = Words()


class AttemptSerializer(Strict):
    id = serializers.IntegerField(required=False, allow_null=True, default=None)
    who = Words(max_length=80, default="")
    attempted_on = serializers.DateField(required=False, allow_null=True, default=None)
    how = OneOf(FeedbackHow.choices, default="")
    outcome = OneOf(FeedbackOutcome.choices, default="")
    outcome_reason = Words(max_length=500, default="")
    may_quote = serializers.BooleanField(default=False)
    helped_most = Words(default="")
    do_better = Words(default="")


def group(name: str, fields: Mapping[str, serializers.Field], **kwargs) -> serializers.Serializer:
    """A serializer of these fields, each of which may be left out."""
    return type(name, (Strict,), dict(fields))(required=False, **kwargs)


def data_serializer(form: Form, key: str) -> serializers.Serializer:
    """The serializer of one page. Raises KeyError for a page that the form does not have."""
    sections.page(form, key)
    fields: dict[str, Any]
    if key == sections.GLANCE:
        fields = {item.key: _context(item) for item in form.context}
    elif key == sections.MESSAGE:
        fields = {sections.MESSAGE: Words()}
    elif key == sections.STRENGTHS:
        line = serializers.CharField(max_length=2000)
        fields = {sections.STRENGTHS: serializers.ListField(child=line, max_length=20)}
    elif key.startswith("feedback-"):
        voice = key.removeprefix("feedback-")
        options = [(option.key, option.words) for option in form.statement_options]
        said = {name: OneOf(options) for name in form.statements_for(voice)}
        attempt = type(
            "Attempt", (AttemptSerializer,), {"statements": group("Said", said, default=dict)}
        )
        fields = {"attempts": attempt(many=True, max_length=50)}
    elif key == OVERALL:
        fields = {OVERALL: JudgementSerializer(required=False)}
    elif key == sections.EXPERIENCE_PAGE:
        fields = {name: ExtentSerializer(required=False) for name in EXTENTS}
        fields[EXPERIENCE] = JudgementSerializer(required=False)
    else:
        pillar = form.pillar(key)
        assert pillar is not None
        questions = [question.key for question in pillar.questions]
        fields = {
            "answers": group(
                "Answers", {name: AnswerSerializer(required=False) for name in questions}
            ),
            "evidence": group(
                "EvidenceLists",
                {
                    # The stub does not know that `many` hands max_length on to the list.
                    name: EvidenceSerializer(many=True, required=False, max_length=100)  # type: ignore[call-arg]
                    for name in questions
                },
            ),
            "judgement": PillarJudgementSerializer(required=False),
        }
    return group("SectionData", fields)


def _context(item: ContextItem) -> serializers.Field:
    options = [(option.key, option.words) for option in item.options]
    if item.kind == "number":
        return serializers.IntegerField(min_value=0, max_value=999, required=False, allow_null=True)
    if item.kind == "date":
        return serializers.DateField(required=False, allow_null=True)
    if item.kind == "many":
        return serializers.ListField(
            child=serializers.ChoiceField(options), required=False, max_length=len(options) or 1
        )
    return OneOf(options)


def plain(key: str, data: dict[str, Any]) -> dict[str, Any]:
    """The checked data as `saving.save_section` takes it: the glance keeps words and numbers."""
    if key != sections.GLANCE:
        return data
    return {
        name: "" if value is None else value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in data.items()
    }
