#!/bin/bash
# Workers as a Slurm array: BITGAUGE_NATS=tls://worker:PASSWORD@queue.example:4222 sbatch deploy/slurm.sh
#SBATCH --job-name=bitgauge-worker
#SBATCH --array=0-15
#SBATCH --cpus-per-task=16
#SBATCH --mem=32G
#SBATCH --time=12:00:00
# a minute before the end: running trials are saved and given back
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
set -euo pipefail
: "${BITGAUGE_NATS:?the address of NATS}"

export BITGAUGE_SLOTS="${SLURM_CPUS_PER_TASK:-1}"
export BITGAUGE_WORKER_NAME="${SLURM_JOB_ID:-0}-${SLURM_ARRAY_TASK_ID:-0}"
# the batch shell passes the signal on: exec makes the worker its receiver
exec bitgauge worker
