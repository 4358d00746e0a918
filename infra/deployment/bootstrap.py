"""`make bootstrap`: what outlives every deployment, made once: the key, and the bucket of Terraform's state.

Both stay when the installation is destroyed. What is there already is left as it is.
"""

import sys
from datetime import UTC, datetime, timedelta

from infra.deployment.programs import Place, gcloud, is_there, main_of

ROTATION_DAYS = 90
_SERVICES = ("cloudkms", "cloudresourcemanager", "serviceusage", "storage")


def bootstrap(place: Place, now: datetime) -> None:
    gcloud(place, "services", "enable", *(f"{name}.googleapis.com" for name in _SERVICES))
    _make_key(place, now)
    _make_bucket(place)
    print(f"Terraform's state is kept in gs://{place.state_bucket}. Next: make deploy PROJECT={place.project}")


def _make_key(place: Place, now: datetime) -> None:
    ring = ("--location", place.region)
    if not is_there(place, "kms", "keyrings", "describe", "oqtopus", *ring):
        gcloud(place, "kms", "keyrings", "create", "oqtopus", *ring)
    key = ("oqtopus", "--keyring", "oqtopus", *ring)
    if not is_there(place, "kms", "keys", "describe", *key):
        first = (now + timedelta(days=ROTATION_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")
        rotation = (f"--rotation-period={ROTATION_DAYS}d", f"--next-rotation-time={first}")
        gcloud(place, "kms", "keys", "create", *key, "--purpose=encryption", *rotation)


def _make_bucket(place: Place) -> None:
    bucket = f"gs://{place.state_bucket}"
    if not is_there(place, "storage", "buckets", "describe", bucket):
        gcloud(place, "storage", "service-agent", f"--authorize-cmek={place.key}")
        private = ("--uniform-bucket-level-access", "--public-access-prevention")
        key = f"--default-encryption-key={place.key}"
        gcloud(place, "storage", "buckets", "create", bucket, f"--location={place.region}", *private, key)
    gcloud(place, "storage", "buckets", "update", bucket, "--versioning")


def main() -> int:
    return main_of(lambda place: bootstrap(place, datetime.now(UTC)))


if __name__ == "__main__":
    sys.exit(main())
