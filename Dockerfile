# One image for `serve`, `worker` and every other command. Runs without root and on a read-only root file system; what it
# keeps is under /data, which is also where it starts: the default database is the file /data/coffee.db.
#
#   docker build -t coffee-trial .
#   docker run -p 8000:8000 -v coffee:/data -e COFFEE_SECRET_KEY=... coffee-trial

FROM python:3.13-slim AS packages
COPY .ci/requirements.txt /tmp/requirements.txt
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --no-deps --require-hashes -r /tmp/requirements.txt \
    && /venv/bin/python -m pip uninstall -y -q pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /data coffee \
    && install -d -o coffee -m 0750 /data
COPY --from=packages /venv /venv
COPY coffee pyproject.toml LICENSE /app/
COPY matching /app/matching
COPY emails /app/emails
COPY app /app/app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    COFFEE_NO_SETUP=1 \
    COFFEE_KERNELS=/app/kernels \
    NUMBA_CACHE_DIR=/data/.kernels
RUN python -m compileall -q /app \
    && NUMBA_CACHE_DIR=/app/kernels PYTHONPATH=/app python -m matching.warm
USER coffee
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["/app/coffee"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
