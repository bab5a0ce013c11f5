"""Where metrics are served."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observability.metrics import MetricsAddressError, bind_address

PORTS = st.integers(1, 65_535)


@given(PORTS)
def test_a_port_alone_is_that_of_the_loopback(port: int) -> None:
    assert bind_address(str(port)) == f"127.0.0.1:{port}"
    assert bind_address(f":{port}") == f"127.0.0.1:{port}"
    assert bind_address(f"localhost:{port}") == f"127.0.0.1:{port}"


@given(PORTS, st.ip_addresses(v=4))
def test_other_machines_reach_it_only_where_an_address_says_so(port: int, host: object) -> None:
    assert bind_address(f"{host}:{port}") == f"{host}:{port}"


@pytest.mark.parametrize("text", ["metrics", "0", "65536", "a:b:c", "1.2.3.4", " "])
def test_what_is_no_address_is_refused_with_what_to_set(text: str) -> None:
    with pytest.raises(MetricsAddressError, match="GALLEY_METRICS_ADDRESS"):
        bind_address(text)
