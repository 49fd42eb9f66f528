"""A tiny client for LLM Gateway. Standard library only, Python 3.8 or newer.

    from client import chat, chat_stream, list_models

    print(chat("你好", "gpt-3.5-turbo", max_tokens=50))

The address is LLM_GATEWAY_URL or http://localhost:8000, the key LLM_GATEWAY_API_KEY; both can be given to every
function as base_url and api_key. For a gateway on this machine the demo key is used when there is no other.
"""

import http.client
import ipaddress
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

__all__ = ["GatewayError", "chat", "chat_stream", "list_models"]

DEFAULT_URL = "http://localhost:8000"
DEMO_KEY = "sk-llm-gateway-demo"
DEFAULT_TIMEOUT_SECONDS = 600


class GatewayError(Exception):
    """A call that failed. `code` is the gateway's, or one of network_error, invalid_response, stream_interrupted,
    invalid_option; `status` is 0 when there was no response."""

    def __init__(self, message, status=0, code=None, type=None, param=None, request_id=None):
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.type = type
        self.param = param
        self.request_id = request_id


def chat(message, model, *, base_url=None, api_key=None, timeout=DEFAULT_TIMEOUT_SECONDS, **options):
    """Calls a model and returns the text of its response.

    message: a string, or a list of messages in OpenAI's shape
    options: any field of the API, such as max_tokens or temperature
    """
    body = _body(message, model, options, stream=False)
    with _open("chat/completions", base_url, api_key, timeout, body) as response:
        answer = _read_json(response)
    choice = _first_choice(answer)
    if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
        raise _invalid("The response is not a chat completion.", response)
    return choice["message"].get("content") or ""


def chat_stream(message, model, *, base_url=None, api_key=None, timeout=DEFAULT_TIMEOUT_SECONDS, **options):
    """Calls a model and yields the text as it arrives. An error inside the stream, or an end before [DONE], raises
    GatewayError: a partial response is an error. Leaving the loop aborts the request."""
    body = _body(message, model, options, stream=True)
    with _open("chat/completions", base_url, api_key, timeout, body) as response:
        if response.headers.get_content_type() != "text/event-stream":
            raise _invalid("The response is not a stream.", response)
        is_done = False
        for event in _events(response):
            if event == "[DONE]":
                is_done = True  # read on to the end: hanging up here would look like a caller who gave up
            if is_done:
                continue
            try:
                chunk = json.loads(event)
            except ValueError as error:
                raise _invalid("The stream contains an event that is not JSON.", response) from error
            if isinstance(chunk, dict) and chunk.get("error"):
                raise _error_from(chunk["error"], response.status, response.headers)
            choice = _first_choice(chunk)
            delta = choice.get("delta") if isinstance(choice, dict) else None
            content = delta.get("content") if isinstance(delta, dict) else None
            if content:
                yield content
        if not is_done:
            raise GatewayError(
                "The stream ended before the response was complete.",
                response.status,
                "stream_interrupted",
                request_id=response.headers.get("x-request-id"),
            )


def list_models(*, base_url=None, api_key=None, timeout=DEFAULT_TIMEOUT_SECONDS):
    """Returns the names of the models that may be asked."""
    with _open("models", base_url, api_key, timeout) as response:
        answer = _read_json(response)
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        raise _invalid("The response is not a list of models.", response)
    return [model["id"] for model in answer["data"] if isinstance(model, dict) and "id" in model]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """urllib would send the key along to wherever it is redirected."""

    def redirect_request(self, *_):
        return None


def _open(path, base_url, api_key, timeout, body=None):
    base = _api_address(base_url)
    headers = {"Accept": "application/json, text/event-stream"}
    key = _key_for(base, api_key)
    if key:
        headers["Authorization"] = "Bearer " + key
    payload = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        payload = json.dumps(body).encode()
    request = urllib.request.Request(base + path, data=payload, headers=headers)
    handlers = [_NoRedirect()]
    if _is_loopback(base):
        handlers.append(urllib.request.ProxyHandler({}))  # http_proxy is not meant for this machine
    try:
        return urllib.request.build_opener(*handlers).open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            raise _error_from_body(error.read(), error.code, error.headers, base + path) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise GatewayError(f"No response from the gateway at {base}: {reason}", code="network_error") from error


def _api_address(given):
    address = (given or os.environ.get("LLM_GATEWAY_URL") or DEFAULT_URL).strip().rstrip("/")
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise GatewayError("base_url is not a plain http address", code="invalid_option", param="base_url")
    return address + ("/" if address.endswith("/v1") else "/v1/")


def _key_for(base, given):
    key = given or os.environ.get("LLM_GATEWAY_API_KEY")
    if not key:
        return DEMO_KEY if _is_loopback(base) else None
    if not all("!" <= character <= "~" for character in key):
        raise GatewayError("api_key must be visible ASCII characters", code="invalid_option", param="api_key")
    return key


def _is_loopback(base):
    host = urllib.parse.urlsplit(base).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _body(message, model, options, stream):
    messages = [{"role": "user", "content": message}] if isinstance(message, str) else message
    return {**options, "model": model, "messages": messages, "stream": stream}


def _events(response):
    """Yields the data of each complete server-sent event."""
    data = []
    try:
        for raw in response:
            line = raw.rstrip(b"\r\n").decode("utf-8", "replace")
            if not line:
                if data:
                    yield "\n".join(data)
                data = []
            elif line.startswith("data:"):
                content = line[len("data:") :]
                data.append(content[1:] if content.startswith(" ") else content)
    except (OSError, http.client.HTTPException) as error:
        raise _broken(response, error) from error


def _read_json(response):
    try:
        return json.loads(response.read())
    except (OSError, http.client.HTTPException) as error:
        raise _broken(response, error) from error
    except ValueError as error:
        raise _invalid("The response is not JSON.", response) from error


def _first_choice(answer):
    choices = answer.get("choices") if isinstance(answer, dict) else None
    for choice in choices if isinstance(choices, list) else []:
        if isinstance(choice, dict) and choice.get("index", 0) == 0:
            return choice
    return None


def _broken(response, error):
    request_id = response.headers.get("x-request-id")
    return GatewayError(f"The connection broke: {error!r}", code="network_error", request_id=request_id)


def _invalid(message, response):
    request_id = response.headers.get("x-request-id")
    return GatewayError(message, response.status, "invalid_response", request_id=request_id)


def _error_from_body(body, status, headers, address):
    try:
        error = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        text = body.decode("utf-8", "replace").strip()[:300]
        message = f"The gateway returned {status}" + (f": {text}" if text else "")
        if status in (404, 405):  # what other servers give to a path that they do not know
            message += f" ({address}; is base_url the address of a gateway?)"
        return GatewayError(message, status, "invalid_response", request_id=headers.get("x-request-id"))
    return _error_from(error, status, headers)


def _error_from(error, status, headers):
    if not isinstance(error, dict):
        error = {"message": str(error)}
    return GatewayError(
        error.get("message") or f"The gateway returned {status}",
        status,
        error.get("code"),
        error.get("type"),
        error.get("param"),
        headers.get("x-request-id"),
    )


if __name__ == "__main__":
    try:
        print("models:", ", ".join(list_models()))
        print("answer:", chat("你好", "gpt-3.5-turbo", max_tokens=50, temperature=0.7))
        print("stream: ", end="")
        for piece in chat_stream("用一句话总结AI发展", "gpt-3.5-turbo"):
            print(piece, end="", flush=True)
        print()
    except GatewayError as failure:
        sys.exit(f"{failure} (status {failure.status}, code {failure.code}, request {failure.request_id})")
