"""One file a change, numbered. `.current-alembic-head` names the last: two collide in git."""
