# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# amd64 and arm64 may be built side by side
ARG TARGETARCH
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,id=bitgauge-target-$TARGETARCH,target=/src/target \
    cargo build --release --locked --bin bitgauge && cp target/release/bitgauge /bitgauge

FROM debian:bookworm-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin bitgauge \
    && install --directory --owner=10001 --group=10001 --mode=700 /data
COPY --from=build /bitgauge /usr/local/bin/bitgauge
USER 10001:10001
VOLUME /data
# the container's own network is the boundary: what is published decides who gets in
ENV BITGAUGE_LISTEN=0.0.0.0:8080 BITGAUGE_DATA_DIR=/data BITGAUGE_INSECURE_NO_AUTH=true
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/usr/local/bin/bitgauge", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/bitgauge"]
CMD ["serve"]
