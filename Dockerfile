# One image for every process: `docker run <image> api`, `worker flow`, `worker agents`, `runner`.
FROM node:26-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev \
  # The SDK brings its native part for five platforms; only this one's is ever loaded.
  && cd node_modules/@temporalio/core-bridge/releases \
  && ls -d * | grep -v "^$(uname -m)-unknown-linux-gnu$" | xargs rm -rf

FROM node:26-bookworm-slim
# git, bash, bubblewrap and flock, setpriv (util-linux) are what activities and runs start; tini reaps what an agent leaves behind.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bash bubblewrap ca-certificates git tini util-linux \
  && rm -rf /var/lib/apt/lists/*
# The agent CLI, as an npm package with its version: --build-arg AGENT_CLI=<package>@<version>.
ARG AGENT_CLI=
RUN [ -z "$AGENT_CLI" ] || npm install --global --no-fund --no-audit "$AGENT_CLI"
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY workflows workflows
COPY activities activities
COPY api api
COPY workers workers
RUN install -d -o node -g node /data
USER node
ENV NODE_ENV=production ORCH_DATA_DIR=/data ORCH_LISTEN_HOST=0.0.0.0
ENTRYPOINT ["tini", "--", "node", "/app/workers/cli.ts"]
CMD ["--help"]
