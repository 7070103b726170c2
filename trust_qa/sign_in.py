"""What do the sign-in forms say?

The forms are the accounts library's; only their labels and where an error stands are ours.
"""

from __future__ import annotations

from allauth.account import forms as library
from django.core.exceptions import ValidationError

NEW_PASSWORD = {"password1": "New password", "password2": "New password again"}


def _label(form, **labels: str) -> None:
    for name, words in labels.items():
        if name in form.fields:
            form.fields[name].label = words


class SignInForm(library.LoginForm):
    """E-mail address and password. A refusal stands beside the password and does not say which."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _label(self, login="E-mail address")

    def clean(self):
        try:
            return super().clean()
        except ValidationError as refusal:
            self.add_error("password", refusal)
            return self.cleaned_data


class ChangePasswordForm(library.ChangePasswordForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _label(self, oldpassword="The password you have now", **NEW_PASSWORD)  # noqa: S106


class SetPasswordForm(library.SetPasswordForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _label(self, **NEW_PASSWORD)


class ResetPasswordForm(library.ResetPasswordForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _label(self, email="E-mail address")


class ResetPasswordKeyForm(library.ResetPasswordKeyForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        _label(self, **NEW_PASSWORD)
