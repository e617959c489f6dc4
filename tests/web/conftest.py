"""A running mock AWS on loopback, and boto3 clients that know nothing of it but its address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from harness.aws.from_scenario import aws_from_scenario
from harness.aws.store import AwsStore
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.load import demo_scenario
from harness.web.aws_api import create_aws_api
from harness.web.aws_signin import create_aws_signin
from tests.threads import in_a_thread

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

PROD, DEV = "111122223333", "444455556666"
NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """Both sides of the demo company; ``now`` can be set."""

    idp: EntraIdp
    store: AwsStore
    url: str = ""
    now: datetime = NOW

    def client(
        self, service: str, account: str = PROD, secret: str = "none", token: str | None = None, **config: Any
    ) -> Any:
        """A boto3 client of an account, or with the credentials of a session."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10, **config),
        )

    def response(self, upn: str = "britta@contoso.com") -> str:
        return self.idp.respond(upn, self.now).base64


def serving(app: WSGIApplication) -> AbstractContextManager[str]:
    """An application behind a server on a free port."""
    return in_a_thread(make_server("127.0.0.1", 0, app, threaded=True))


@pytest.fixture(scope="session")
def idp() -> EntraIdp:
    return EntraIdp(demo_scenario(), KeyStore())


@pytest.fixture
def world(idp: EntraIdp) -> Iterator[World]:
    """A fresh AWS side for each test, behind a server on a free port."""
    metadata = idp.federation_metadata(NOW, bom=False)
    store = AwsStore(aws_from_scenario(idp.scenario, lambda _: metadata))
    made = World(idp, store)
    with serving(create_aws_api(store, lambda: made.now)) as url:
        made.url = url
        yield made


@pytest.fixture
def aws_browser(world: World) -> FlaskClient:
    """A browser on AWS's sign-in host."""
    return create_aws_signin(world.store, lambda: world.now).test_client()


Refusal = Callable[[Callable[[], Any]], tuple[str, int, str]]


@pytest.fixture
def refusal() -> Refusal:
    """Code, HTTP status and message of the ClientError that a call ends with."""
    from botocore.exceptions import ClientError

    def of(call: Callable[[], Any]) -> tuple[str, int, str]:
        with pytest.raises(ClientError) as caught:
            call()
        error = caught.value.response
        return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]

    return of
