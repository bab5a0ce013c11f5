"""Which build of Galley a worker is, for Worker Versioning."""

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

from galley.settings import Settings


def deployment_of(settings: Settings) -> WorkerDeploymentConfig | None:
    """Return the deployment and build of this worker, or ``None`` without versions.

    Runs move on to a new build as soon as it is the current one: a review may wait for
    a week and AccountWorkflow for years, and no build shall live as long as they do
    (docs/decisions/0031-builds-upgrade-runs.md).

    Raises:
        RuntimeError: There is a deployment and no build.
    """
    if not settings.deployment:
        return None
    if not settings.build_id:
        raise RuntimeError(
            "GALLEY_DEPLOYMENT is set and GALLEY_BUILD_ID is not: give each build an "
            "ID of its own, such as its commit or the digest of its image."
        )
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment, settings.build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
