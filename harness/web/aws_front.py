"""The mock AWS's own front page, and AWS's metadata as a service provider."""

from datetime import datetime, timedelta

from flask import Blueprint, make_response, render_template
from werkzeug.wrappers import Response as AnyResponse

from harness.aws.account import SamlProvider
from harness.aws.endpoints import PARTITIONS
from harness.aws.sp_metadata import sp_metadata
from harness.aws.store import AwsStore
from harness.saml.keys import Certificate, make_signing_key
from harness.web.aws_api import Clock


def add_front(blueprint: Blueprint, store: AwsStore, clock: Clock) -> None:
    """``/`` for a browser, and the metadata: global, and of each SAML provider."""
    certificates: list[Certificate] = []

    @blueprint.get("/")
    def front() -> str:
        aws = store.aws
        providers = sorted(aws.providers.values(), key=lambda one: str(one.arn))
        return render_template("aws_front.html", title="AWS (mock)", providers=providers, aliases=aws.aliases)

    @blueprint.get("/static/saml-metadata.xml")
    @blueprint.get("/static/saml/<provider_id>/saml-metadata.xml")
    def metadata(provider_id: str = "") -> AnyResponse:
        provider = _provider(store, provider_id)
        if provider_id and provider is None:
            return make_response("saml-harness: there is no SAML provider of this ID\n", 404)
        now = clock()
        if not certificates:
            certificates.append(own_certificate(now))
        partition = PARTITIONS["aws" if provider is None else provider.arn.partition]
        page = make_response(sp_metadata(certificates[0], now, partition=partition, provider_id=provider_id))
        page.mimetype = "application/samlmetadata+xml"
        return page


def _provider(store: AwsStore, provider_id: str) -> SamlProvider | None:
    held = store.aws.providers.values()
    return next((one for one in held if provider_id and one.unique_id == provider_id), None)


def own_certificate(now: datetime) -> Certificate:
    """The certificate in AWS's own metadata: valid for a year."""
    start = now.replace(microsecond=0)
    return make_signing_key("urn:amazon:webservices", start, start + timedelta(days=365)).certificate
