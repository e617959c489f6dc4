"""The role import, set up and started as other provisioning is: secrets, a job, its start.

There is one job for an app. It runs when it is started, and only then: nothing happens every 40 minutes.
"""

from harness.entra import role_import
from harness.entra.graph.call import Answer, Call, Json, objects, optional_text, text
from harness.entra.graph.errors import GraphError, not_found, ours
from harness.entra.graph.handlers import DONE
from harness.entra.graph.lists import collection
from harness.entra.graph.principals import find_principal
from harness.entra.graph.tenant import Tenant
from harness.errors import HarnessError
from harness.scenario.model import App, Scenario


def put_secrets(tenant: Tenant, call: Call, name: str) -> Answer:
    """PUT: the access key is in ``clientsecret``, as in the portal. The secret key is let go unread."""
    given = {
        text(one, "key").lower(): optional_text(one, "value") for one in objects(call.json().get("value"), "value")
    }
    if not given.get("clientsecret"):
        raise ours("the access key ID belongs into clientsecret; the mock AWS takes the number of an account")
    changes = {"import_key": given["clientsecret"]}
    tenant.replace("apps", find_principal, name, lambda _, app: App.model_validate({**dict(app), **changes}))
    return DONE


def add_job(tenant: Tenant, call: Call, name: str) -> Answer:
    """POST of a job: the one that the app has."""
    text(call.json(), "templateId")
    scenario = tenant.scenario
    return Answer(201, _job(scenario, find_principal(scenario, name)))


def list_jobs(tenant: Tenant, call: Call, name: str) -> Answer:
    """GET of the jobs."""
    scenario = tenant.scenario
    return collection(call, "jobs", [_job(scenario, find_principal(scenario, name))])


def get_job(tenant: Tenant, _: Call, name: str, job: str) -> Answer:
    """GET of the job."""
    scenario = tenant.scenario
    app = find_principal(scenario, name)
    _require_job(scenario, app, job)
    return Answer(200, _job(scenario, app))


def start(tenant: Tenant, call: Call, name: str, job: str) -> Answer:
    """POST start: the import is done when the answer comes. Where IAM does not go along, the words are ours."""
    app = find_principal(tenant.scenario, name)
    _require_job(tenant.scenario, app, job)
    if app.import_key is None:
        raise ours("no access key is set up; PUT synchronization/secrets with clientsecret first")
    if tenant.iam_url is None:
        raise ours("no IAM is configured for the role import")
    try:
        role_import.import_roles(
            tenant.iam_url, app.import_key, call.now, lambda step: tenant.replace("apps", find_principal, name, step)
        )
    except GraphError:
        raise
    except HarnessError as error:
        raise ours(str(error)) from None
    return DONE


def _require_job(scenario: Scenario, app: App, job: str) -> None:
    if job != job_id(scenario, app):
        raise not_found(job)


def job_id(scenario: Scenario, app: App) -> str:
    """The identifier of an app's job."""
    return scenario.guid("synchronization-job", app.app_id or app.name)


def _job(scenario: Scenario, app: App) -> Json:
    code = "NotConfigured" if app.import_key is None else "Active"
    return {"id": job_id(scenario, app), "status": {"code": code}}
