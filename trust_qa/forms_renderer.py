"""How does a form field become GOV.UK markup?

The structure (label, hint, error, control) is in `templates/django/forms/`. This file only names
the classes of each control and takes away what the browser would do in our place: its own
required, length and number checks hide our sentences or cut off what was typed.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting

INPUT = "govuk-input"
# Widget template → class of the control.
CLASSES = {
    "text": INPUT,
    "email": INPUT,
    "url": INPUT,
    "tel": INPUT,
    "search": INPUT,
    "number": INPUT,
    "password": INPUT,
    "date": INPUT,
    "time": INPUT,
    "datetime": INPUT,
    "textarea": "govuk-textarea",
    "select": "govuk-select",
    "file": "govuk-file-upload",
    "clearable_file_input": "govuk-file-upload",
    "checkbox": "govuk-checkboxes__input",
    "radio_option": "govuk-radios__input",
    "checkbox_option": "govuk-checkboxes__input",
}
# Of a group, these belong to the wrapper and not to each option.
GROUPS = {"radio": "govuk-radios", "checkbox_select": "govuk-checkboxes"}
NATIVE_DATES: dict[str, tuple[str, type[forms.Field], str]] = {
    "date": ("date", forms.DateField, "%Y-%m-%d"),
    "datetime": ("datetime-local", forms.DateTimeField, "%Y-%m-%dT%H:%M"),
    "time": ("time", forms.TimeField, "%H:%M"),
}
LEFT_TO_US = ("required", "maxlength", "minlength", "min", "max", "step", "placeholder")


class GovUkRenderer(TemplatesSetting):
    """Renders forms from the project's templates, with the design system's classes."""

    def render(self, template_name: str, context: dict[str, Any], request=None) -> str:
        if "widget" in context:
            prepare(context["widget"])
        return super().render(template_name, context, request)


def prepare(widget: dict[str, Any]) -> None:
    """Give a control, and the controls inside it, the design system's attributes."""
    for inner in widget.get("subwidgets", ()):
        if isinstance(inner, dict):
            prepare(inner)
    kind = widget["template_name"].rsplit("/", 1)[-1].removesuffix(".html")
    attrs = widget["attrs"]
    if kind in GROUPS:
        _prepare_group(widget, GROUPS[kind])
        return
    if kind not in CLASSES:
        return
    for name in LEFT_TO_US:
        attrs.pop(name, None)
    wanted = [CLASSES[kind]]
    if attrs.get("aria-invalid") == "true" and "__" not in wanted[0]:
        wanted.append(f"{wanted[0]}--error")
    if kind == "radio_option":
        attrs.pop("aria-invalid", None)  # not allowed on a radio; the group carries the error
    others = _others(attrs.get("class", ""), wanted)
    if kind in NATIVE_DATES and not any("--width-" in name for name in others):
        others.append("govuk-input--width-10")
    attrs["class"] = " ".join([*wanted, *others])
    if kind == "number":
        widget["type"] = "text"
        attrs.setdefault("inputmode", "numeric")
    if kind == "select":
        _name_the_empty_option(widget)
    if kind in NATIVE_DATES:
        _prepare_date(widget, *NATIVE_DATES[kind])


def _prepare_group(widget: dict[str, Any], block: str) -> None:
    """Sort out what belongs to the group and what to each option, and hand hints to options."""
    attrs = widget["attrs"]
    hints = attrs.pop("hints", None) or {}
    for name in (*LEFT_TO_US, "aria-invalid"):
        attrs.pop(name, None)
    own = attrs.get("class", "")
    attrs["class"] = " ".join([block, *_others(own, [block])])
    for _, options, _ in widget["optgroups"]:
        for option in options:
            option["attrs"].pop("hints", None)
            option["attrs"].pop("class", None)
            option["hint"] = hints.get(str(option["value"])) or hints.get(option["value"])
            if option["hint"] and option["attrs"].get("id"):
                option["attrs"]["aria-describedby"] = f"{option['attrs']['id']}_hint"
            prepare(option)


def _name_the_empty_option(widget: dict[str, Any]) -> None:
    """A row of dashes says nothing to a screen reader."""
    for _, options, _ in widget["optgroups"]:
        for option in options:
            if str(option["label"]).startswith("---"):
                option["label"] = "Choose one"


def _prepare_date(widget: dict[str, Any], type_: str, field: type[forms.Field], form: str) -> None:
    """Use the browser's own date control, unless what was typed is not a date: then keep it."""
    value = widget.get("value")
    if value in (None, ""):
        widget["type"] = type_
        return
    try:
        found: Any = field().to_python(value)
    except ValidationError:
        widget["type"] = "text"
        return
    widget["type"] = type_
    widget["value"] = found.strftime(form)


def _others(given: str, wanted: list[str]) -> list[str]:
    return [name for name in str(given).split() if name not in wanted]
