# One image for every part: the worker, the command line, the real local servers
# (Temporal with its UI, fake-gcs-server) and the emulators. By default it is the worker.

# To pin what you deploy, give a digest: --build-arg PYTHON=python@sha256:…
ARG PYTHON=python:3.13-slim-trixie

FROM ${PYTHON} AS build
RUN pip install --no-cache-dir --root-user-action=ignore "uv>=0.9,<1"
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --frozen --no-dev --extra local --extra s3 --no-install-project
ENV PATH=/app/.venv/bin:$PATH
COPY . .
# The folders are compiled here, since nothing can be written where they run.
RUN python -m compileall -q activities cli emulators galley observability workers workflows *.py \
    && ln -s "$(python -c 'from emulators.gcs import gcs_binary; print(gcs_binary())')" \
        .venv/bin/fake-gcs-server

FROM ${PYTHON}
# The fonts are for cards in scripts that the shipped fonts lack, nano is for `edit`.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates fonts-noto-cjk fonts-noto-core nano \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp galley \
    && install --directory --owner galley --group galley /data /app/.galley
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    EDITOR=nano
USER galley
# A start of the command line costs most of a second: often while starting, then seldom.
HEALTHCHECK --start-period=90s --start-interval=5s --interval=60s --timeout=30s --retries=3 \
    CMD ["python", "starter.py", "container", "health"]
CMD ["python", "worker.py"]
