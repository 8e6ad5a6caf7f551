# The service alone: no compiler, no development tools, no secrets, no demonstration data.
#
#   docker build -t childfind .
#   docker run --rm -e CHILDFIND_DATABASE_OWNER_URL=postgresql://owner@db/childfind \
#       -e CHILDFIND_DATABASE_URL=postgresql://app@db/childfind childfind migrate
#   docker run -p 8000:8000 -e CHILDFIND_DATABASE_URL=postgresql://app@db/childfind \
#       -e CHILDFIND_SECRET_KEY=... childfind

ARG BASE=python:3.13-slim

FROM ${BASE} AS build
RUN python3 -m venv /opt/venv
COPY requirements.txt /tmp/
# The hashes of the lock decide what is installed; wheels only, so nothing of it is executed here.
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r /tmp/requirements.txt \
    && /opt/venv/bin/pip uninstall --quiet --yes pip \
    && /opt/venv/bin/python -m compileall -q /opt/venv

FROM ${BASE}
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin childfind
COPY --from=build /opt/venv /opt/venv
COPY service /app/service
COPY migrations /app/migrations
COPY openapi /app/openapi

# PYTHONPATH makes the service run from /app without being installed.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PORT=8000

WORKDIR /app
RUN python -m compileall -q /app
USER 10001
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]

ENTRYPOINT ["python", "-m", "service.cli"]
CMD ["serve", "--host", "0.0.0.0"]
