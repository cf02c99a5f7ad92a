"""Load: sessions played through Locust into a live endpoint.

settings            the options of a run, checked
sink_of_run         the sink with which it is compared at its end
plan                what they name, loaded
worker_partition    session and learner numbers, each in one worker alone
virtual_learner     the closed model: one learner on one device, whose batches are due at a human pace
rates/              the open model: how much is offered, when
template/           played sessions, compiled once and stamped for any number of learners
replay/             the sessions of a dataset, sent again
schedule            which batch is due, and when
open_load           what one worker offers
fault_injection     which of it gets faults
metrics/            what happened, second by second
checks/             whether that is what was asked for
monitor/            the run while it goes on, for a display
counters            what was sent and its outcomes, merged over workers
summary             the end of a run, as JSON
text_report         the same for people
embedded            the collector that is started if no host is given
random_valid        the scenario random-valid
runner/             the one room that knows Locust
"""
