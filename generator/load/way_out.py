"""The way out of a failure: which option or variable helps, by the words of a reason."""

import re

_TLS_PORT = r"it speaks TLS|HTTPS port|HTTP request to an HTTPS server|SSL-enabled server port|requires TLS"
_ANOTHER_SERVICE = r"^2\d\d .*, but (an HTML page|no JSON|nothing in it|no object in)"
_TOKEN = "put a valid token into FOOTFALL_TOKEN"  # noqa: S105  the variable's name
_WAYS_OUT: list[tuple[str, str, str]] = [
    # a pattern of the reason, a pattern of the contract's name, the way out; the first row that fits holds
    (r"^the proxy .* 407|^407|: the proxy .* 407", "", "write user and password into the proxy's address, as http://USER:PASSWORD@HOST:PORT"),
    (r"the proxy .*\(\w+_proxy\)", "", "start the proxy, correct that variable, or name the endpoint's host in NO_PROXY"),
    (r"SSL_CERT_FILE=", "", "correct SSL_CERT_FILE, or unset it"),
    (r"certificate has expired", "", "renew the certificate, or take any with --insecure"),
    (r"not trusted \((hostname|ip address) mismatch", "", "write the name that the certificate holds, or take any with --insecure"),
    (r"certificate is not trusted", "", "name its authority's certificate in SSL_CERT_FILE, or take any with --insecure"),
    (r"begin with http://", "", "write http:// in --host"),
    (_TLS_PORT, "", "write https:// in --host"),
    (r"^3\d\d .*redirects to", "", "correct --host or --path: give the place to which it redirects"),
    (r"DATASET_NOT_FOUND", "^obsrv", "name a published dataset: --contract obsrv:NAME"),
    (r"^(no answer at|not connected|the host .* has no address)", "", "see that the endpoint runs, and correct --host"),
    (r"^40[13]", r"\.toml$", "put a valid token into the variable that the [headers] of {contract} take"),
    (r"^40[13]", r"^(?!obsrv).*:\w+$", "put a valid token where {contract} takes it from"),
    (r"^40[13]", "", _TOKEN),
    (r"^40[45]", "^obsrv", "correct --host: it ends before /v2"),
    (r"^40[45]", r"\.toml$", "correct --path, or path in {contract}"),
    (r"^40[45]", "", "correct --path"),
    (r"^400", "^obsrv", "correct --form or --contract"),
    (r"^400", "", "correct --path or --form"),
    (r"^413", "^(single|obsrv-object)", "raise the endpoint's own limit: a request holds one event already"),
    (r"^413", "", "lower --batch-size"),
    (r"^415", "", "choose another --contract or --compress"),
    (r"^422", "", "correct --form or --contract"),
    (r"^429", "", "lower --rate, --arrivals or --speed, or use fewer --users"),
    (r"^the run ended", "", "raise --run-time or --stop-timeout"),
    (r"^no answer in time", "", "raise --timeout, or see why the endpoint is slow"),
    (r"^no HTTP", "", "correct --host: what answers there does not speak HTTP"),
    (r"^invalid HTTP answer", "", "see the endpoint and the gateways before it: an answer breaks a rule of HTTP"),
    (r"^connection lost: (closed without an|connection reset)", "", "see its log; write https:// in --host if it speaks TLS"),
    (_ANOTHER_SERVICE, "^(sunbird|obsrv)", "correct --host, --path or --contract: another service answers"),
]  # fmt: skip


def way_out(reason: str, contract: str) -> str:
    """Return what helps against a failure; "" if nothing is known.

    Args:
        reason: in the words of a receipt, or of what was tried before the run.
        contract: its name, as the command line has it.
    """
    for pattern, kind, way in _WAYS_OUT:
        if re.search(pattern, reason, re.IGNORECASE) and re.search(kind, contract):
            # An Obsrv contract keeps the name under which it was chosen.
            return way.format(contract=contract).replace("obsrv:NAME", f"{contract.partition(':')[0]}:NAME")
    return ""
