# PostgreSQL for one organisation's node, from Debian's own package.
#
#   docker build --file docker/postgres.Dockerfile --tag sealane-postgres:local docker
#
# BASE is any Debian image whose package index can be reached; Sealane's own base does.
ARG BASE=python:3.12-slim-bookworm
FROM ${BASE}
LABEL org.opencontainers.image.title="PostgreSQL for Sealane" \
      org.opencontainers.image.licenses="PostgreSQL"
# The package would make a cluster of its own, which nobody would use.
RUN mkdir -p /etc/postgresql-common \
    && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf \
    && apt-get -qq update \
    && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install postgresql >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
    && ln -s /usr/lib/postgresql/*/bin /usr/local/lib/postgresql \
    && groupadd --gid 10002 ledger \
    && useradd --uid 10002 --gid ledger --no-create-home --home-dir /tmp --shell /usr/sbin/nologin ledger
COPY postgres.sh /usr/local/bin/postgres-for-sealane
ENV PATH=/usr/local/lib/postgresql:$PATH LC_ALL=C.UTF-8
USER ledger
# An unfinished first start leaves only `data.new`, which the next one replaces.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --timeout=5s --start-period=90s --retries=3 CMD ["pg_isready", "--quiet", "--host=/tmp"]
ENTRYPOINT ["sh", "/usr/local/bin/postgres-for-sealane"]
