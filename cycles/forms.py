"""What is asked when a cycle is planned, a child is added, looked up or revealed?"""

from __future__ import annotations

from typing import Any

from django import forms

from cycles.models import ChildRecord, Cycle
from cycles.policy import Policy

WORKING_DAYS = "In working days."
# The numbers of a policy a cycle may differ in: group → field → (label, hint, least, most).
RULES: dict[str, dict[str, tuple[str, str, int, int]]] = {
    "Sample": {
        "oversample_percent": (
            "Kept in reserve",
            "Per cent of each group’s first choices.",
            0,
            200,
        ),
        "stratum_minimum": ("At least from each group", "Children.", 0, 20),
        "not_again_within_months": ("Not again within", "Months since the last one.", 0, 60),
        "open_at_least_weeks": ("Open for at least", "Weeks.", 0, 104),
    },
    "Evaluations": {
        "accept_within": ("Say yes within", WORKING_DAYS, 1, 30),
        "conversation_by": ("Conversation by", "Working day after allocation.", 1, 60),
        "submit_by": ("Send in by", "Working day after allocation.", 1, 90),
        "reflection_silence": ("Wait for the worker’s own words", WORKING_DAYS, 0, 30),
        "share_within": ("Share within", "Working days of the final grade.", 1, 30),
        "table_within": ("In supervision within", WORKING_DAYS, 1, 90),
        "table_within_newly_qualified": (
            "In supervision within, newly qualified",
            WORKING_DAYS,
            1,
            90,
        ),
        "recommendations_at_most": ("Recommendations at most", "For one evaluation.", 1, 20),
        "alert_acknowledge_hours": ("Acknowledge a safety alert within", "Hours.", 1, 72),
        "alert_action_hours": ("Record action on a safety alert within", "Hours.", 1, 168),
    },
    "Moderation": {
        "moderation_percent": ("Picked at random", "Per cent of those not picked by rule.", 0, 100),
        "moderators_per_case": ("Moderators for each evaluation", "", 1, 5),
        "first_evaluations_moderated": ("An evaluator’s first evaluations moderated", "", 0, 10),
        "blind_within": ("Grade within", WORKING_DAYS, 1, 30),
        "reconcile_within": ("Agree or refer within", WORKING_DAYS, 1, 30),
        "panel_within": ("Panel within", "Working days of being sent in.", 1, 90),
        "panel_quorum": ("Panel members needed", "", 2, 15),
        "papers_before": ("Panel papers", "Working days before it.", 0, 30),
    },
    "Recommendations": {
        "due_critical": ("Critical: due within", "Hours.", 1, 72),
        "due_high": ("High: due within", WORKING_DAYS, 1, 90),
        "due_medium": ("Medium: due within", WORKING_DAYS, 1, 180),
        "due_low": ("Low: due within", WORKING_DAYS, 1, 250),
        "check_within": ("Check within", WORKING_DAYS, 1, 60),
    },
    "Revisits": {
        "revisit_percent_requires_improvement": (
            "Requires improvement",
            "Per cent that get a full revisit.",
            0,
            100,
        ),
        "revisit_percent_good_or_better": (
            "Good or better",
            "Per cent that get a full revisit.",
            0,
            100,
        ),
        "revisit_percent_at_least": ("All together at least", "Per cent.", 0, 100),
        "revisit_within_months": ("Within", "Months.", 1, 24),
    },
}
DUE = {"due_critical": ("due_hours", "critical")} | {
    f"due_{priority}": ("due_working_days", priority) for priority in ("high", "medium", "low")
}


def rule_value(policy: Policy, name: str) -> int:
    """The number behind one field of the rules."""
    if name in DUE:
        group, key = DUE[name]
        return getattr(policy, group)[key]
    return getattr(policy, name)


def rules_in_words(policy: Policy) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """The rules for reading: groups of (label, number, hint)."""
    return [
        (group, [(words[0], rule_value(policy, name), words[1]) for name, words in names.items()])
        for group, names in RULES.items()
    ]


class PlanForm(forms.ModelForm):
    """A cycle's quarter, dates and size, and the rules copied onto it."""

    by_locality = forms.BooleanField(
        label="Draw from each locality too",
        help_text="Smaller groups. Choose this when localities differ a lot.",
        required=False,
    )

    class Meta:
        model = Cycle
        fields = ["label", "starts_on", "ends_on", "size"]
        labels = {"size": "How many evaluations"}
        help_texts = {
            "label": "For example, 2026-27 Q3.",
            "size": "40 evaluations tell you more than 20. The sample page says how much.",
        }
        widgets = {
            "label": forms.TextInput(attrs={"class": "govuk-input--width-10"}),
            "starts_on": forms.DateInput(),
            "ends_on": forms.DateInput(),
            "size": forms.NumberInput(attrs={"class": "govuk-input--width-4"}),
        }
        error_messages = {
            "label": {"required": "Enter the quarter."},
            "starts_on": {"required": "Enter the first day.", "invalid": "Enter a real first day."},
            "ends_on": {"required": "Enter the last day.", "invalid": "Enter a real last day."},
            "size": {
                "required": "Enter how many evaluations.",
                "invalid": "Enter how many evaluations as a whole number.",
            },
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        policy = self.instance.policy
        self.fields["by_locality"].initial = policy.by_locality
        for names in RULES.values():
            for name, (label, hint, least, most) in names.items():
                wrong = f"{label}: enter a whole number from {least} to {most}."
                self.fields[name] = forms.IntegerField(
                    label=label,
                    help_text=hint,
                    min_value=least,
                    max_value=most,
                    initial=rule_value(policy, name),
                    widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
                    error_messages=dict.fromkeys(
                        ("required", "invalid", "min_value", "max_value"), wrong
                    ),
                )

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields]

    @property
    def rule_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of the rules, in their groups."""
        groups = [(group, [self[name] for name in names]) for group, names in RULES.items()]
        groups[0][1].append(self["by_locality"])
        return groups

    def values(self) -> dict[str, Any]:
        """What the actions take: the cycle's fields, and the rules as `policy`."""
        cleaned = self.cleaned_data
        policy: dict[str, Any] = {"by_locality": cleaned["by_locality"]}
        for names in RULES.values():
            for name in names:
                if name in DUE:
                    group, key = DUE[name]
                    policy.setdefault(group, {})[key] = cleaned[name]
                else:
                    policy[name] = cleaned[name]
        return {name: cleaned[name] for name in self.Meta.fields} | {"policy": policy}


class NothingToFillInForm(forms.Form):
    """A step that asks for a yes and no more."""


class AddToSampleForm(forms.Form):
    """A child chosen on purpose."""

    child = forms.CharField(
        label="Child’s reference",
        help_text="Ours, such as C-7F3K2Q.",
        max_length=20,
        error_messages={"required": "Enter the child’s reference."},
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )
    note = forms.CharField(
        label="Why this child",
        help_text="For example, a newly qualified worker not covered yet. Name nobody.",
        max_length=200,
        error_messages={
            "required": "Say why this child.",
            "max_length": "Use 200 characters or fewer.",
        },
    )

    def __init__(self, *args: Any, by, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_child(self) -> ChildRecord:
        reference = self.cleaned_data["child"].strip().upper()
        found = ChildRecord.objects.visible_to(self.by).filter(reference=reference)
        child = found.select_related("team__service_area", "team__locality").first()
        if child is None:
            raise forms.ValidationError(
                "There is no child with this reference. Check it on the list of children."
            )
        return child


class LookUpForm(forms.Form):
    """An identifier of the case system, exactly as it stands there."""

    identifier = forms.CharField(
        label="Identifier in the case system",
        help_text="The whole identifier. Part of it finds nothing.",
        max_length=60,
        error_messages={
            "required": "Enter the identifier.",
            "max_length": "An identifier has 60 characters or fewer.",
        },
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "autocomplete": "off"}),
    )


class RevealForm(forms.Form):
    """Why somebody needs to see an identifier, where their role has to say so."""

    reason = forms.CharField(
        label="Why do you need to see it?",
        help_text="This is kept with your name and the time.",
        max_length=500,
        error_messages={
            "required": "Say why you need to see it.",
            "max_length": "Use 500 characters or fewer.",
        },
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if not needs_reason:
            del self.fields["reason"]
