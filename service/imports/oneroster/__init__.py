"""A OneRoster 1.1 or 1.2 CSV bundle: `read` opens it, `plan` says what it would change.

Both are pure: they write nothing, and a dry run *is* the plan. Applying it is a step of its own.
"""
