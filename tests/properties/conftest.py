"""Properties begin with the districts of the scenarios."""

from tests.scenarios.conftest import clock, district_in  # noqa: F401
