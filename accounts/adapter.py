"""How does the accounts library behave here?"""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """People are added by the Trust: nobody signs up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "Your place in this service has been closed. Ask the Practice Hub.",
        "email_password_mismatch": "Check your e-mail address and password, then try again.",
        "enter_current_password": "Enter the password you have now.",
        "incorrect_password": "That is not your password. Try again.",
        "invalid_password_reset": "This link no longer works. Ask for a new one.",
        "rate_limited": "Too many tries. Wait 5 minutes, then try again.",
        "too_many_login_attempts": "Too many tries. Wait 5 minutes, then try again.",
    }

    def is_open_for_signup(self, request) -> bool:
        return False
