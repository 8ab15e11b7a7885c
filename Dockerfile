# One image for every service: which of them a container runs is its command (compose.yaml), as in
#   docker build -t requite . && docker run -e ALLOW_INSECURE=1 -p 127.0.0.1:3007:3007 -v requite:/data requite
# which runs all three of the billing lab on the embedded log. ALLOW_INSECURE says that nobody is asked for a token.

FROM oven/bun:1.4.5-slim AS packages
WORKDIR /app
# Packages change less often than code: a layer of their own, from the lockfile alone.
COPY package.json bun.lock bunfig.toml ./
RUN bun install --production --frozen-lockfile

FROM oven/bun:1.4.5-slim
WORKDIR /app
# The collector comes sooner, and freed pages are given back a little later: under 400 MB a process in a run of 100,000 bills (bench/README.md).
ENV BUN_JSC_forceRAMSize=335544320 MIMALLOC_PURGE_DELAY=200
ENV NODE_ENV=production HOST=0.0.0.0 OPERATIONS_PORT=9400 DATA_DIR=/data LOG_FORMAT=json
COPY --from=packages /app/node_modules ./node_modules
COPY package.json bunfig.toml LICENSE ./
COPY core ./core
COPY client ./client
COPY services ./services
# A new volume takes its owner from the folder that it covers: made here, so that the user below can write to it.
RUN mkdir -p /data /bills && chown bun:bun /data /bills
# The image's own user without rights; the code belongs to root, so that no service can change it.
USER bun
EXPOSE 3007 3008 3009 3010 3011 3012 3013 9400
# Ready is more than alive: everything in the process has reached its log and its groups.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=6 \
  CMD ["bun", "-e", "process.exit((await fetch('http://127.0.0.1:9400/health/ready')).ok ? 0 : 1)"]
ENTRYPOINT ["bun", "services/main.ts"]
CMD []
