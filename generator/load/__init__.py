"""Load: sessions played through Locust into a live endpoint.

settings    the options of a run, checked
sink_of_run the sink with which it is compared at its end
plan        what they name, loaded
lane        session and learner numbers, no one of them in two workers
player      the closed model: one learner on one device, whose batches are due at a human pace
rate/       the open model: how much is offered, when
template/   played sessions, compiled once and stamped for any number of learners
schedule    which batch is due, and when
offer       what one worker offers
damaging    what of it is damaged on purpose
measure/    what happened, second by second
judge/      whether that is what was asked for
tally       what was sent and what became of it, merged over workers
summary     the end of a run, as JSON
telling     the same for people
embedded    the collector that is started where no host is given
pool        the scenario random-valid
swarm/      the one room that knows Locust
"""
