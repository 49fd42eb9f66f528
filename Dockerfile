# LLM gateway. Build and try it, with the built-in sandbox, no key and no network:
#   docker build -t llm-gateway .
#   docker run --rm --read-only -p 8000:8000 llm-gateway
# docs/deploy.md says how to configure and stop it.

# Any version that `engines` in package.json allows: --build-arg NODE_VERSION=22
ARG NODE_VERSION=24

FROM node:${NODE_VERSION}-slim AS base
WORKDIR /app
COPY package.json package-lock.json ./

# What the program needs to run, without the compiler that @nestjs/swagger only offers to use, and without the database
# for other C libraries. None of the packages has an install script of use: one merely counts installations.
# Then without what no process loads: substitutes for what Node has, bundles for browsers, tests, vocabularies of older
# models; and declarations, source maps and documents, but no licence.
FROM base AS dependencies
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/typescript node_modules/@libsql/*-musl* \
  && cd node_modules \
  && rm -rf web-streams-polyfill class-validator/bundles libphonenumber-js/bundle swagger-ui-dist/swagger-ui-es-* \
    bintrees/test js-tiktoken/dist/index.* js-tiktoken/dist/ranks/[!o]* \
  && find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.[cm]ts' -o -iname '*.md' \) \
    ! -iname '*licen[cs]e*' ! -iname '*notice*' -delete \
  && find . -type d -empty -delete
# What the image holds for the volume of the database: a folder that the program may write to.
RUN mkdir data

FROM base AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && find dist \( -name '*.d.ts' -o -name '*.map' \) -delete

FROM node:${NODE_VERSION}-slim AS runtime
ENV NODE_ENV=production
WORKDIR /app
# Everything belongs to root, and the program can change none of it, except in /app/data: for a volume, if usage is
# kept in a file.
COPY --from=dependencies --chown=1000:1000 /app/data ./data
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY bin ./bin
# The demonstration. Mount your own file over /app/config/models.yaml, or point LLM_GATEWAY_CONFIG at it.
COPY config ./config

# The user `node`, as a number: Kubernetes cannot tell from a name that it is not root.
USER 1000:1000
EXPOSE 8000
# A port of your own goes into PORT, which the program and this check both read.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8000}/v1/health`, { signal: AbortSignal.timeout(4000) }).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell and no npm in between: SIGTERM reaches the program, which drains and exits with 0.
ENTRYPOINT ["node", "dist/main.js"]
CMD []
