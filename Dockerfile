# The operator as an image: node, one bundled file, and what these two need. No shell, no package manager, no root.
# `make image` calls this. Where no registry can be reached it makes the base from Debian packages, as root.tar, and gives BUNDLE and RUNTIME.
ARG BUILDER=docker.io/library/node:24-trixie-slim
ARG RUNTIME=gcr.io/distroless/nodejs24-debian13:nonroot
ARG BUNDLE=built-here

FROM ${BUILDER} AS built-here
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-fund --no-audit
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
RUN node --import tsx scripts/build.ts

# what "make build" has left
FROM scratch AS built-before
COPY dist /src/dist

FROM scratch AS debian-packages
ADD root.tar /

FROM ${BUNDLE} AS bundle

FROM ${RUNTIME}
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="ehos-operator" \
      org.opencontainers.image.description="Gives an HTCondor pool the OpenStack servers that its queue asks for" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=bundle /src/dist/ehos.mjs /src/dist/ehos.mjs.LEGAL.txt /app/
# node lies in /nodejs/bin, or in /usr/bin when it is Debian's; Debian's takes its certificate authorities from this file.
# glibc keeps ever more of what threads gave back, unless it is told a limit: 8 to 12 MB of an idle operator (measured)
ENV PATH=/nodejs/bin:/usr/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    MALLOC_TRIM_THRESHOLD_=131072
USER 65532:65532
# small semi-spaces: garbage of a quiet operator is collected before it takes memory. And undici's HTTP parser stays as V8's first compiler
# makes it: the optimizing one takes 35 MB for it, once, of which up to 5 MB stay (measured)
ENTRYPOINT ["node", "--max-semi-space-size=4", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering", "/app/ehos.mjs"]
CMD ["--help"]
