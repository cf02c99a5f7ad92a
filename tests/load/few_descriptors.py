"""A program: Locust, in a process that may open few files and sockets."""

import resource
import runpy

LIMIT = 60

if __name__ == "__main__":
    # The hard limit too, since Locust raises the other one as far as it may.
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
    runpy.run_module("locust", run_name="__main__", alter_sys=True)
