"""An address that already holds the path of batches: the path would be sent twice."""

from urllib.parse import urlsplit

from generator.delivery.contracts.sunbird import PATHS
from generator.errors import UsageError


def check_path_once(url: str, path: str, option: str = "") -> None:
    """Raise UsageError if an address ends with the path that a contract adds to it.

    Args:
        url: the address.
        path: the contract's.
        option: the option that holds the address; "" in a program.

    Raises:
        UsageError: if it does; the message has the address to give.
    """
    place = path.partition("?")[0]
    given = urlsplit(url).path
    for known in sorted({place, *(PATHS if place in PATHS else ())}, key=len, reverse=True):
        if len(known) > 1 and given.endswith(known):
            more = "" if known == place else f" --path {known}" if option else f', and path="{known}"'
            where = f"{option} " if option else ""
            raise UsageError(
                f"{where}{url}: it ends with the path {known}, and {path} would follow it. "
                f"Write {where}{url.removesuffix(known)}{more}."
            )
