"""What every resource stands on. Each sharp edge of the framework is cured here, once.

In the order a request meets them: `edge` (ids, lengths, content types, headers), `auth` and
`tokens` (who is calling), `resource` (the unit of work, idempotency, the dry run), `bodies`
and `fields` (what was sent), then the view; on the way back `serializer`, `etags`, `paging`;
whatever is raised becomes an answer in `problems`. `openapi` documents all of it.
"""
