"""The promises that are measured, each with its test and how often it runs."""

import collections

import faults
import fleet
import kills
import load
import order

Row = collections.namedtuple("Row", "name promise test gate nightly needs_strace", defaults=[False])

ROWS = [
    Row("kill", "no acknowledged job is lost, doubled or different after kill -9; ready within 2 s", kills.at_random_moments, 20, 500),
    Row("sync", "the same at each sync of the log", kills.at_log_syncs, 5, 200, True),
    Row("resume", "a killed training ends with the same bits", kills.long_trials, 3, 100),
    Row("disk", "no 2xx for what is not durable when the disk fails; no restart is needed", faults.errors_of_writes, 5, 300, True),
    Row("lock", "a locked database: reads go on, 503 after the busy timeout", faults.locked, 8, 30),
    Row("damage", "nothing that changed on the disk is served without a word", faults.damage, 10, 50),
    Row("fair", "small jobs and a large one go on beside each other", order.fair, 10, 20),
    Row("storm", "cancellations by the thousand end everything within 10 s", order.storm, 1000, 10_000),
    Row("restart", "ready within 2 s whatever is stored", order.restart, 3, 12),
    Row("clients", "probes are answered within 100 ms whoever else is there", load.bad_clients, 200, 1000),
    Row("fleet-killed", "trials on other machines: none is lost, doubled or different after kill -9 of a worker, of NATS or of the service", fleet.killed, 2, 50),
    Row("fleet-stopped", "the same where workers sleep beyond their leases", fleet.stopped, 5, 50),
    Row("fleet-wiped", "the same where NATS forgets everything", fleet.wiped, 3, 50),
    Row("fleet-doubled", "the same where messages come twice or make no sense", fleet.doubled, 20, 200),
    Row("fleet-cut", "the same over a slow way that is cut", fleet.cut, 2, 50),
    Row("fleet-lossy", "the same over a way that loses packets", fleet.lossy, 1, 3),
    Row("fleet-without", "the same through a while without NATS", fleet.without, 5, 300),
    Row("fleet-cancelled", "a cancelled job stops on other machines within 2 s, and nothing of it is published again", fleet.cancelled, 1000, 10_000),
    Row("posts", "500 posting clients: probes within 100 ms, training above .9 of its speed", load.posting_clients, 500, 500),
]
