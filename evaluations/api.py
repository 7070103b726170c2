"""Which addresses does this part have under /api/v1/?"""


def register(router) -> None:
    """Add this part of the API to the router."""
