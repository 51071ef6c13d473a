"""The service is there and stops in order: the fixtures themselves."""

import requests


def test_a_service_answers(service):
    assert requests.get(f"{service}/livez", timeout=10).status_code == 200
