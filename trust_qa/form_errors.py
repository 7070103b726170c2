"""What does a stock error of the framework say in our words?

An error says what to do, in the words of the label. A message that a form wrote itself is shown
as it is; only the framework's own stock sentences are put into plain words here.
"""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError

DATE_EXAMPLE = "27/3/2026 or 2026-03-27"
INVALID = (
    (forms.DateTimeField, f"a date and time that exist, like {DATE_EXAMPLE} 14:30"),
    (forms.DateField, f"a date that exists, like {DATE_EXAMPLE}"),
    (forms.TimeField, "a time, like 14:30"),
    (forms.IntegerField, "a whole number, like 12"),
    (forms.DecimalField, "a number, like 12.5"),
    (forms.EmailField, "an e-mail address, like name@example.org"),
    (forms.URLField, "a web address, like https://example.org"),
)


def plain_errors(field) -> list[str]:
    """Every error of a bound field, in plain words."""
    return [_plain(field, error) for error in field.errors.as_data()]


def _plain(field, error: ValidationError) -> str:
    own = str(error.messages[0])
    if not _is_stock(field.field, error):
        return own
    params = error.params or {}
    name = f"“{field.label}”"
    match error.code:
        case "required":
            return _missing(field)
        case "invalid":
            for kind, example in INVALID:
                if isinstance(field.field, kind):
                    return f"Enter {example}, for {name}"
        case "invalid_choice" | "invalid_list" | "invalid_pk_value":
            return f"Choose one of the answers listed for {name}"
        case "max_length":
            limit, given = params.get("limit_value"), params.get("show_value")
            return f"{name} can have {limit:,} characters at most. You have {given:,}"
        case "min_length":
            return f"{name} needs {params.get('limit_value'):,} characters or more"
        case "max_value":
            return f"{name} must be {params.get('limit_value')} or less"
        case "min_value":
            return f"{name} must be {params.get('limit_value')} or more"
        case "max_digits" | "max_decimal_places" | "max_whole_digits" | "max_string_length":
            return f"The number for {name} is too long"
        case "null_characters_not_allowed":
            return f"Take out the characters that cannot be shown, from {name}"
        case "empty":
            return f"The file for {name} is empty. Choose another"
    return own


def _missing(field) -> str:
    label, kind = str(field.label), field.field
    if label.endswith("?"):
        return f"Answer “{label}”"
    name = label if label[1:2].isupper() else label[:1].lower() + label[1:]
    if isinstance(kind, forms.BooleanField):
        return f"Tick “{label}”"
    if isinstance(kind, (forms.ChoiceField, forms.ModelChoiceField, forms.FileField)):
        return f"Choose {name}"
    return f"Enter {name}"


def _is_stock(field: forms.Field, error: ValidationError) -> bool:
    """Whether the sentence is the framework's: the one of the field's class or of a validator."""
    if not error.code:
        return False
    stock: dict[str, object] = {}
    for parent in reversed(type(field).__mro__):
        if parent.__module__.startswith("django."):
            stock.update(getattr(parent, "default_error_messages", {}))
    if error.code in stock and str(error.message) == str(stock[error.code]):
        return True
    return any(
        getattr(validator, "code", "") == error.code
        and type(validator).__module__.startswith("django.")
        and "message" not in vars(validator)
        for validator in field.validators
    )
