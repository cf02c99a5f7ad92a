"""Load: sessions played through Locust into a live endpoint.

settings    the options of a run, checked
lane        session and learner numbers, no one of them in two workers
player      one learner on one device: sessions played, cut into batches, each due at its time
tally       what was sent and what became of it, merged over workers
summary     the same for people, and as JSON
embedded    the collector that is started where no host is given
swarm       the one room that knows Locust
"""
