"""The history of the tables: one file a change, brought to a database by `run`."""
