"""Ed-Fi: what the district decided, in the shapes of the Data Standard.

`shapes` makes the resources, `records` reads what they are made of, `crosswalks/` has the codes.
What Ed-Fi has no place for is an `Omission`: it is told, and nothing is invented in its stead.
"""
