"""A OneRoster 1.1 or 1.2 CSV bundle, brought in: `read` opens it, `plan` says what it would change.

Both are pure: they write nothing, and a dry run *is* the plan. `apply` writes it, and `report`
tells whoever sent the bundle what came of it.
"""
