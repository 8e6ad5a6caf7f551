"""The stories are told with the words of the scenarios."""

from tests.api.conftest import (  # noqa: F401
    app,
    one_app,
    policies,
    postgresql_template,
    sqlite_template,
    store,
)
from tests.scenarios.conftest import clock, district_in  # noqa: F401
