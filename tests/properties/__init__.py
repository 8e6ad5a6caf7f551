"""Laws that hold whatever is called, in whatever order."""
