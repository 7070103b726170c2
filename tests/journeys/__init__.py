"""Whole journeys through the service, told as stories."""

import pytest

pytest.register_assert_rewrite("tests.journeys.loop", "tests.journeys.pages")
