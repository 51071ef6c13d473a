#!/bin/bash
# Workers on machines that HyperQueue holds: BITGAUGE_NATS=.. deploy/hyperqueue.sh 16
# HyperQueue is only the host here: which trial runs where is between the service and its workers.
set -euo pipefail
: "${BITGAUGE_NATS:?the address of NATS}"
count="${1:-1}"
cores="${2:-16}"

exec hq submit --name bitgauge-worker --array "1-$count" --cpus "$cores" --crash-limit 100 \
    --env "BITGAUGE_NATS=$BITGAUGE_NATS" --env "BITGAUGE_SLOTS=$cores" -- bitgauge worker
