"""${message}.

Revision ${up_revision}, after ${down_revision or "nothing"}.
"""

import sqlalchemy as sa
from alembic import op
% if "postgresql." in upgrades + downgrades or "JSON" in upgrades + downgrades:
from sqlalchemy.dialects import postgresql
% endif

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
% if "JSON" in upgrades + downgrades:

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
% endif


def upgrade() -> None:
    ${upgrades}


def downgrade() -> None:
    ${downgrades}
