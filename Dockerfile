# syntax=docker/dockerfile:1
# Berth in an image that holds the program and the libraries it needs, nothing else: no shell, no package manager.
#
#   docker build --tag berth .
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg REVISION=$(git rev-parse --short HEAD) .
#   docker build --target debug --output out .      the debug symbols, for core dumps
#
# The same sources, base and SOURCE_DATE_EPOCH give the same bytes. `scripts/image check` tries what comes out.

FROM debian:12 AS build
ARG REVISION=unknown
ARG SOURCE_DATE_EPOCH=0
# Compilations at a time; each may take 1.5 GB.
ARG JOBS=2
# hadolint ignore=DL3008
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      binutils ca-certificates cmake g++ git libfmt-dev libsimdjson-dev libspdlog-dev libssl-dev libyaml-cpp-dev \
      ninja-build nlohmann-json3-dev prometheus-cpp-dev python3 zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt LICENSE ./
COPY cmake cmake
COPY include include
COPY src src
COPY scripts/image scripts/image
RUN cmake -S . -B /build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_TESTING=OFF -DBERTH_BENCH=OFF \
      -DBERTH_REVISION="$REVISION" -DCMAKE_CXX_FLAGS="-ffile-prefix-map=/src=." \
 && ninja -C /build -j "$JOBS" berth \
 && scripts/image root /image /build/berth \
 && objcopy --only-keep-debug --compress-debug-sections=zlib /build/berth /build/berth.debug

FROM scratch AS debug
COPY --from=build /build/berth.debug /

FROM scratch
ARG REVISION=unknown
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="berth" \
      org.opencontainers.image.description="Kubernetes scheduler extender for AI workloads" \
      org.opencontainers.image.url="https://berth.dev" \
      org.opencontainers.image.documentation="https://berth.dev/docs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /image /
USER 65532:65532
EXPOSE 7480 7481
ENTRYPOINT ["/usr/bin/berth"]
CMD ["serve"]
