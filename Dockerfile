# gather in a container:
#   docker build -t gather .
#   docker run -p 127.0.0.1:4280:4280 -v gather:/data -v ./gather.toml:/etc/gather/gather.toml:ro gather
# The log has a link that makes the first user. Keys go in with --env, as the configuration names them.

FROM rust:1.95-slim-bookworm AS build
# What builds the TLS provider.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends cmake g++ make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked -p gather-cli

FROM debian:bookworm-slim
# The certificates by which the servers of sources are known.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir /data /etc/gather \
    && chown 10001:10001 /data
COPY --from=build /src/target/release/gather /usr/local/bin/gather
USER 10001:10001
ENV GATHER_CONFIG=/etc/gather/gather.toml \
    GATHER_KEY_FILE=/data/gather.key
VOLUME /data
EXPOSE 4280
# Ends in good order within some seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["gather", "--db", "/data/gather.db"]
CMD ["serve", "--listen", "0.0.0.0:4280"]
