# tripcurve in a small image: docker build --tag tripcurve .
# To judge an experiment in the current folder:
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/work" tripcurve simulate
FROM debian:12 AS build
WORKDIR /tripcurve
COPY . .
RUN scripts/package

FROM debian:12-slim
COPY --from=build /tripcurve/build/package/*.deb /tmp/
RUN apt-get update \
 && apt-get install --yes --no-install-recommends /tmp/tripcurve_*.deb \
 && rm -rf /tmp/tripcurve_*.deb /var/lib/apt/lists/*
WORKDIR /work
ENTRYPOINT ["tripcurve"]
CMD ["--help"]
