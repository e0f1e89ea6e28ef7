# Castra's own image, from a binary that is built before. Nothing is pulled but the base image, which needs a shell and the
# C libraries that the binary was linked to:
#
#   cargo build --release && docker build --build-arg BASE_IMAGE=debian:12-slim --tag castra .
#
# The build needs no BuildKit (DOCKER_BUILDKIT=0 works). See docs/docker.md.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}

# Where the binary is, relative to the directory that is sent to the engine.
ARG CASTRA=target/release/castra
COPY ${CASTRA} /usr/local/bin/castra

# A number needs no entry in the base's /etc/passwd, and lets Kubernetes see that it is not root.
RUN mkdir -p /var/lib/castra && chown 65532:65532 /var/lib/castra
USER 65532:65532

# What the server and agents keep; give it a volume.
ENV CASTRA_HOME=/var/lib/castra
# Inside a container, loopback is reached by nobody; what is published is decided outside.
ENV CASTRA_SERVER_HOST=0.0.0.0
EXPOSE 4200

ENTRYPOINT ["/usr/local/bin/castra"]
CMD ["--help"]
