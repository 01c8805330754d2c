# syntax=docker/dockerfile:1
# Build: docker build --build-arg COMMIT=$(git rev-parse HEAD) -t athd .
# Pin both FROM lines by digest in production.

FROM python:3.11-slim-bookworm AS build
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON=/usr/local/bin/python3.11 \
    UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.9
# The same path in both stages: the project is installed editable, so that `migrations` stays beside `app`.
WORKDIR /opt/athd
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-default-groups --no-install-project
COPY README.md LICENSE ./
COPY app app
COPY migrations migrations
# python-jose lists ecdsa (CVE-2024-23342, not to be fixed) and rsa, and imports neither beside cryptography.
RUN uv sync --locked --no-default-groups \
    && uv pip uninstall --python .venv ecdsa rsa \
    && .venv/bin/python -m compileall -q app migrations \
    && .venv/bin/python -c "import app.main, app.cli"

FROM python:3.11-slim-bookworm
ARG COMMIT=unknown
# Nothing is ever installed into the running image.
RUN python -m pip uninstall --yes --quiet wheel setuptools pip
# Data and keys are two volumes, so that a backup of the one never holds the other.
RUN install -d -o 10001 -g 10001 -m 0700 /data /data/store /data/keys /data/ledger
COPY --from=build /opt/athd /opt/athd
ENV PATH=/opt/athd/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    ATHD_BUILD_COMMIT=$COMMIT \
    ATHD_DATA_DIR=/data/store \
    ATHD_SECRETS_DIR=/data/keys \
    ATHD_SHRED_LEDGER_DIR=/data/ledger
WORKDIR /data
USER 10001:10001
VOLUME ["/data/store", "/data/keys", "/data/ledger"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["athd"]
CMD ["serve", "--host", "0.0.0.0"]
