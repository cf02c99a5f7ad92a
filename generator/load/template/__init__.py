"""Templates: played sessions, compiled once and stamped for any number of learners, at any time."""
