"""The house is held over the same application and databases as its resources."""

from tests.api.conftest import (  # noqa: F401
    app,
    one_app,
    policies,
    postgresql_template,
    sqlite_template,
    store,
)
