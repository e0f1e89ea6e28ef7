"""What AWS refuses, for the stand-in for ECS: requests that are not signed as it wants or that its own model of the
service does not know, and what it says of task definitions and placement beyond that.
"""

import json
from urllib.parse import parse_qsl

import botocore.loaders
import botocore.model
import botocore.serialize
import botocore.validate
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SECRETS = {"key": "s3cr3t", "expired": "s3cr3t"}
TARGETS = {"AmazonEC2ContainerServiceV20141113": "ecs", "Logs_20140328": "logs", "AmazonSSM": "ssm"}
MODELS = {}
FARGATE = {
    256: [512, 1024, 2048],
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
    8192: range(16384, 61441, 4096),
    16384: range(32768, 122881, 8192),
}


class AwsError(Exception):
    """What AWS answers instead."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def called(environ, body: bytes) -> dict:
    """What a request asks for."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    region = authorization.split("/")[2]
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        prefix, action = target.split(".")
        return {"service": TARGETS[prefix], "action": action, "input": json.loads(body), "region": region}
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {"service": "ec2", "action": form.pop("Action"), "input": filters_of(form), "region": region, "form": form}


def without_nulls(document):
    """A field that is null is one that is absent: so AWS' JSON protocols read it."""
    if isinstance(document, dict):
        return {name: without_nulls(value) for name, value in document.items() if value is not None}
    return [without_nulls(entry) for entry in document] if isinstance(document, list) else document


def filters_of(form: dict) -> dict:
    """The input that a query of EC2 says, as far as the launcher says any."""
    filters: dict[str, dict] = {}
    for name, value in sorted(form.items()):
        match name.split("."):
            case ["Filter", number, "Name"]:
                filters.setdefault(number, {"Name": None, "Values": []})["Name"] = value
            case ["Filter", number, "Value", _]:
                filters.setdefault(number, {"Name": None, "Values": []})["Values"].append(value)
    return {"Filters": list(filters.values())}


def model_of(service: str) -> botocore.model.ServiceModel:
    if service not in MODELS:
        document = botocore.loaders.create_loader().load_service_model(service, "service-2")
        MODELS[service] = botocore.model.ServiceModel(document, service)
    return MODELS[service]


def check_input(call: dict, newer_fields: list[str]) -> None:
    """Refuses what botocore's model of the service refuses."""
    model = model_of(call["service"])
    operation = model.operation_model(call["action"])
    report = botocore.validate.ParamValidator().validate(call["input"], operation.input_shape)
    problems = [
        problem
        for problem in report.generate_report().splitlines()
        if not any(f'"{field}"' in problem and "Unknown parameter" in problem for field in newer_fields)
    ]
    if problems:
        raise AwsError("ValidationException", "; ".join(problems))
    if call["service"] == "ec2":
        serialized = botocore.serialize.create_serializer("ec2").serialize_to_request(call["input"], operation)["body"]
        expected = {name: str(value) for name, value in serialized.items() if name != "Action"}
        if call["form"] != expected:
            raise AwsError("MalformedQueryString", f"{call['form']} instead of {expected}")


def check_identity(environ, body: bytes) -> None:
    """Refuses requests that are not signed as AWS wants them signed."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    fields = dict(part.strip().split("=", 1) for part in authorization.partition(" ")[2].split(","))
    key, _, region, service, _ = fields["Credential"].split("/")
    if key not in SECRETS:
        raise AwsError("UnrecognizedClientException", "The security token included in the request is invalid.")
    if key == "expired":
        code = "RequestExpired" if service == "ec2" else "ExpiredTokenException"
        raise AwsError(code, "The security token included in the request is expired")
    in_environ = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in fields["SignedHeaders"].split(";")}
    in_environ["content-type"] = "CONTENT_TYPE"
    headers = {name: environ.get(variable) for name, variable in in_environ.items()}
    request = AWSRequest(method="POST", url=f"http://{environ['HTTP_HOST']}/", data=body, headers=headers)
    request.context["timestamp"] = environ["HTTP_X_AMZ_DATE"]
    signer = SigV4Auth(Credentials(key, SECRETS[key]), service, region)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    if fields["Signature"] != expected:
        message = "The request signature we calculated does not match the signature you provided."
        raise AwsError("InvalidSignatureException", message)


def check_task_definition(request: dict, _backend) -> None:
    """What AWS says of task definitions beyond its model; moto registers them."""
    for container in request["containerDefinitions"]:
        names = [it["name"] for it in [*container.get("environment", []), *container.get("secrets", [])]]
        if container.get("secrets") and len(names) != len(set(names)):
            message = "The secret name must be unique and not shared with any new or existing environment variables."
            raise AwsError("ClientException", message)
        if container.get("secrets") and not request.get("executionRoleArn"):
            message = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
            raise AwsError("ClientException", message)
    if "FARGATE" in request.get("requiresCompatibilities", []):
        cpu, memory = units(request.get("cpu"), 1024), units(request.get("memory"), 1024)
        if memory not in FARGATE.get(cpu, []):
            raise AwsError("ClientException", "No Fargate configuration exists for given values.")
        if request.get("networkMode") != "awsvpc":
            raise AwsError("ClientException", "Fargate only supports network mode ‘awsvpc’.")


def units(text: str | None, per_large: int) -> int:
    """CPU units or MiB, however they are written."""
    number, _, unit = (text or "0").lower().partition(" ")
    return int(float(number) * per_large) if unit in ("vcpu", "gb") else int(number)


def check_placement(request: dict, definition) -> None:
    if request.get("launchType") and request.get("capacityProviderStrategy"):
        message = "Specifying both a launch type and capacity provider strategy is not supported."
        raise AwsError("InvalidParameterException", message)
    if definition.network_mode == "awsvpc" and not request.get("networkConfiguration"):
        message = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        raise AwsError("InvalidParameterException", message)
