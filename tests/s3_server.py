"""Moto's server of the S3 protocol, in a thread of this process.

It holds writers to If-None-Match and If-Match, and strangers to the bucket's policy. It
does not hold a copy to If-None-Match, nor bytes to their Content-MD5. One request at a
time: its conditions are not atomic otherwise.
"""

import json
import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager

from werkzeug.serving import make_server

from galley.clients.stores.s3_client import Client, connect_s3
from galley.settings import Settings

KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    # The configuration of whoever runs the tests has no business here.
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "us-east-1",
}


@contextmanager
def s3_server() -> Generator[str]:
    """Give its address, ``http://127.0.0.1:<port>``."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def s3_settings(endpoint: str, **more: object) -> Settings:
    """Return the settings of a user whose buckets are there."""
    asked = Settings.model_construct(s3_endpoint=endpoint, s3_region="us-east-1")
    return asked.model_copy(update=more)


def s3_client(endpoint: str) -> Client:
    return connect_s3(s3_settings(endpoint))


def let_anyone_fetch(client: Client, bucket: str) -> None:
    """Make a bucket public as docs/how-to-media-store.md says.

    At Amazon whoever may get an object may ask for its headers: only Moto has a word of
    its own for that.
    """
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:HeadObject"],
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] -- made as it starts
