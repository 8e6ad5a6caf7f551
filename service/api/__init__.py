"""HTTP and nothing else: schemas, routes, problems, paging, authentication.

`plumbing` is what every resource stands on; `v1` has one module per resource, its schemas
and its routes. May import every floor below; nothing below imports it.
"""
