# The machine that the tests run on: the same Debian packages as .ci/run.
#   docker build -t logicjsc . && docker run --rm -it logicjsc logicjsc demo
FROM debian:bookworm-slim
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        ca-certificates g++ ghdl-mcode git iverilog make nextpnr-generic postgresql python3 python3-venv slurm-wlm tcl verilator \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /logicjsc
COPY . .
RUN make setup
ENV PATH="/logicjsc/.venv/bin:$PATH"
CMD ["logicjsc", "doctor"]
