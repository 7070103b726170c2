"""What may a person type or choose when bringing in an extract?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.models import Locality, ServiceArea, Team, User
from cycles.annex_a.opening import LARGEST_FILE
from cycles.import_comparison import Name
from cycles.import_staging import NOBODY, Staged


class UploadForm(forms.Form):
    """The file of an extract."""

    file = forms.FileField(
        label="File from the case system",
        help_text="An Annex A workbook (.xlsx), a CSV file, or a zip of one CSV for each list. "
        "5 MB at most.",
        error_messages={
            "required": "Choose a file",
            "missing": "Choose a file",
            "empty": "This file is empty.",
            "invalid": "Choose a file",
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xlsm,.csv,.txt,.zip"}),
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                "This file is larger than 5 MB. Take out the lists that are not needed "
                "(4 to 9 are) and try again."
            )
        return file


class ApplyForm(forms.Form):
    """The digest of the figures that the person looked at."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


USE, ADD, LEAVE = "use", "add", "leave"


class NameForm(forms.Form):
    """Whom or what a name in the file means: one we know, a new one, or nobody."""

    def __init__(self, *args: Any, name: Name, staged: Staged, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.name = name
        if name.match.nearest:
            self.initial.setdefault("known", name.match.nearest.key)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        needed = {USE: ("known",), ADD: self.needed_to_add}.get(cleaned.get("answer", ""), ())
        for field in needed:
            if not cleaned.get(field) and field not in self.errors:
                self.add_error(field, self.missing[field])
        return cleaned

    needed_to_add: tuple[str, ...] = ()
    missing: dict[str, str] = {}

    @property
    def key(self) -> int:
        """What was chosen, for an answer other than ADD."""
        return NOBODY if self.cleaned_data["answer"] == LEAVE else self.cleaned_data["known"].pk


class WorkerForm(NameForm):
    """Which person a worker's name means."""

    answer = forms.ChoiceField(
        label="Who is this?",
        choices=[
            (USE, "Somebody on the staff list"),
            (ADD, "Somebody new"),
            (LEAVE, "Nobody: bring the children in without a practitioner"),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Say who this is",
            "invalid_choice": "Choose one of these answers",
        },
    )
    known = forms.ModelChoiceField(
        User.objects.none(),
        label="On the staff list",
        required=False,
        empty_label="Choose a person",
        error_messages={"invalid_choice": "Choose a person who is on the staff list"},
    )
    new_name = forms.CharField(
        label="Name of the new person",
        required=False,
        max_length=120,
        error_messages={"max_length": "Give a name of at most 120 letters"},
    )
    email = forms.EmailField(
        label="E-mail address of the new person",
        help_text="They can sign in with it once they have set a password.",
        required=False,
        max_length=254,
        error_messages={
            "invalid": "Give an e-mail address such as name@trust.org.uk",
            "max_length": "Give an e-mail address of at most 254 letters",
        },
    )
    needed_to_add = ("new_name", "email")
    missing = {
        "known": "Choose a person",
        "new_name": "Give the new person’s name",
        "email": "Give the new person’s e-mail address",
    }

    def __init__(self, *args: Any, name: Name, staged: Staged, **kwargs: Any):
        super().__init__(*args, name=name, staged=staged, **kwargs)
        surname, comma, first = name.name.partition(",")
        surname = surname.title() if surname.isupper() else surname
        self.initial.setdefault("new_name", f"{first.strip()} {surname}" if comma else name.name)
        self.fields["known"].queryset = User.objects.filter(is_active=True)

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if self.data.get("answer") == ADD and User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(
                "Somebody has this e-mail address already. Choose them from the staff list."
            )
        return email


class TeamForm(NameForm):
    """Which team a team's name means."""

    answer = forms.ChoiceField(
        label="Which team is this?",
        choices=[
            (USE, "A team we have"),
            (ADD, "A new team"),
            (LEAVE, "None: bring the children in without a team"),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Say which team this is",
            "invalid_choice": "Choose one of these answers",
        },
    )
    known = forms.ModelChoiceField(
        Team.objects.none(),
        label="Teams we have",
        required=False,
        empty_label="Choose a team",
        error_messages={"invalid_choice": "Choose a team that we have"},
    )
    new_name = forms.CharField(
        label="Name of the new team",
        required=False,
        max_length=80,
        error_messages={"max_length": "Give a name of at most 80 letters"},
    )
    service_area = forms.ModelChoiceField(
        ServiceArea.objects.none(),
        label="Its service area",
        required=False,
        empty_label="Choose a service area",
        error_messages={"invalid_choice": "Choose a service area that we have"},
    )
    locality = forms.ModelChoiceField(
        Locality.objects.none(),
        label="Its locality (optional)",
        required=False,
        empty_label="No locality",
        error_messages={"invalid_choice": "Choose a locality that we have"},
    )
    needed_to_add = ("new_name", "service_area")
    missing = {
        "known": "Choose a team",
        "new_name": "Give the new team’s name",
        "service_area": "Choose the new team’s service area",
    }

    def __init__(self, *args: Any, name: Name, staged: Staged, may_add: bool, **kwargs: Any):
        super().__init__(*args, name=name, staged=staged, **kwargs)
        self.fields["known"].queryset = Team.objects.all()
        if not may_add:
            for field in ("new_name", "service_area", "locality"):
                del self.fields[field]
            answer = self.fields["answer"]
            answer.choices = [c for c in answer.choices if c[0] != ADD]
            answer.help_text = "A Practice Hub officer can add a team that is missing."
            return
        self.fields["service_area"].queryset = ServiceArea.objects.all()
        self.fields["locality"].queryset = Locality.objects.all()
        area, locality = staged.area_of(name.name)
        self.initial.setdefault("new_name", name.name[:80])
        if area:
            self.initial["service_area"] = ServiceArea.objects.filter(name__iexact=area).first()
        if locality:
            self.initial["locality"] = Locality.objects.filter(name__iexact=locality).first()

    def clean_new_name(self) -> str:
        name = self.cleaned_data["new_name"]
        if self.data.get("answer") == ADD and Team.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(
                "There is a team of this name already. Choose it from the teams we have."
            )
        return name
