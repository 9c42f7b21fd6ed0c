# syntax=docker/dockerfile:1
# docker build -t kubernaut:0.1.0 .      See docs/deployment.md.

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Nothing that is installed needs a script of its own to work, and none may run.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json index.ts conformance.ts temporal-dev.yaml ./
COPY activities activities
COPY bench bench
COPY client client
COPY config config
COPY plan plan
COPY playbooks playbooks
COPY policies policies
COPY tools tools
COPY workers workers
COPY workflows workflows
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20.20.2-bookworm-slim
# The sandbox of the action `script`: bubblewrap, and prlimit of util-linux, which the base has. Package managers go: nothing is
# installed in a running container.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /opt/yarn-* \
    /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn /usr/local/bin/yarnpkg \
  && dpkg --purge --force-remove-essential --force-depends apt
WORKDIR /app
COPY package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/lib lib
COPY plan/remediation-plan.schema.json plan/
COPY playbooks playbooks
COPY policies policies
ENV NODE_ENV=production
# By number, so that `runAsNonRoot` can be checked without looking into the image.
USER 65532:65532
ENTRYPOINT ["node", "/app/lib/client/cli/main.js"]
CMD ["--help"]
