"""What goes out is made of stories told with the words of the scenarios."""

from tests.scenarios.conftest import clock, district_in  # noqa: F401
