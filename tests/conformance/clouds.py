"""A cloud that the script is sent to: boto3's clients, and the record of what they were told."""

import time

import boto3
import jmespath
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from compare import readable
from shapes import misfits

REGION = "us-east-1"
# Above this nothing that the script waits for is on its way any more.
LONGEST_WAIT = 60


class Cloud:
    """One side of the comparison."""

    def __init__(self, name, url, account):
        self.name = name
        self.results = []
        self.misfits = []
        self.raw = None
        self.clients = {}
        session = boto3.session.Session(
            aws_access_key_id="rehearsal", aws_secret_access_key="rehearsal", region_name=REGION
        )
        for service in ("backup", "ec2", "kms", "iam", "logs", "sts"):
            client = session.client(service, endpoint_url=url, config=Config(read_timeout=60))
            client.meta.events.register(f"before-parse.{service}", self._keep_raw)
            if account:
                client.meta.events.register(f"before-sign.{service}", _as_account(account))
            self.clients[service] = client

    def _keep_raw(self, operation_model, response_dict, **_):
        self.raw = (operation_model, response_dict)

    def _send(self, service, operation, parameters):
        try:
            answer = getattr(self.clients[service], xform_name(operation))(**parameters)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return None, {"Error": {"Code": error.response["Error"].get("Code"), "Status": status}}
        except ResponseParserError:
            # What moto has no code for ends in a page of HTML.
            return None, {"Error": {"Code": "not an AWS answer"}}
        answer.pop("ResponseMetadata", None)
        return answer, answer

    def call(self, service, operation, label="", **parameters):
        """Sends one call and records its result. Answers what came back; nothing if it was an error."""
        step = f"{operation} {label}".strip()
        self.raw = None
        answer, result = self._send(service, operation, parameters)
        if self.name == "rehearsal" and answer is not None:
            self.misfits += [f"{step}: {words}" for words in misfits(*self.raw)]
        self.results.append((step, readable(result)))
        return answer or {}

    def model(self, service, operation, label="", **parameters):
        """Sends a call that moto doesn't know to the rehearsal cloud alone: its answer is held against the model."""
        if self.name != "rehearsal":
            return {}
        self.raw = None
        answer, result = self._send(service, operation, parameters)
        step = f"{operation} {label}".strip()
        self.misfits += [f"{step}: {words}" for words in misfits(*self.raw)] if answer is not None else [
            f"{step}: refused: {result}"
        ]
        return answer or {}

    def pages(self, service, operation, label, things, size, **parameters):
        """Reads all pages and records how many things each had, and all of them together."""
        sizes, everything = [], []
        for page in self.clients[service].get_paginator(xform_name(operation)).paginate(
            PaginationConfig={"PageSize": size}, **parameters
        ):
            found = jmespath.search(things, page)
            sizes.append(len(found))
            everything += found
        result = {"sizes": "+".join(map(str, sizes)), "all": everything}
        self.results.append((f"{operation} {label}", readable(result)))

    def wait(self, service, operation, ready, **parameters):
        """Asks until the answer is as the script needs it; none of it is recorded."""
        self._wait(service, operation, lambda result: "Error" not in result and ready(result), parameters)

    def wait_for_error(self, service, operation, code, **parameters):
        """Asks until the answer is a certain error."""
        self._wait(service, operation, lambda result: result.get("Error", {}).get("Code") == code, parameters)

    def _wait(self, service, operation, ready, parameters):
        start = time.monotonic()
        while True:
            _, result = self._send(service, operation, parameters)
            if ready(result):
                return
            if time.monotonic() - start > LONGEST_WAIT:
                raise TimeoutError(f"{operation} {parameters}: {result}")
            time.sleep(0.5)


def _as_account(account):
    """Moto keeps as many accounts as it is asked for."""

    def add(request, **_):
        request.headers["x-moto-account-id"] = account

    return add
