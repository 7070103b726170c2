"""How does the accounts library behave here?"""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """People are added by the Trust: nobody signs up."""

    def is_open_for_signup(self, request) -> bool:
        return False
