"""A client of the Hook API: the methods of Manual Slop's ApiHookClient, and those for what it plans. Needs nothing but Python 3.8.

    from orrery_hook_api import ApiHookClient

    client = ApiHookClient()                      # http://127.0.0.1:8999
    assert client.wait_for_server(timeout=10)
    client.select_tab("ui.screen", "traces")
    client.set_value("traces.filter", "npm")
    event = client.wait_for_event("ui.changed")
    if client.ask("Deploy?", timeout=60)["approved"]:
        ...

Every call raises HookApiError when it fails, but wait_for_server and wait_for_event, which never raise.
"""

import http.client
import json
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

__all__ = ["ApiHookClient", "HookApiError"]

_FIRST_PAUSE = 0.1
_POLL = 0.5
_PROBE = 1.0
_SLACK = 5.0
# What the server waits at most for an event; longer ones are waits in a row.
_WAIT = 600.0
_REPEATABLE = {"set_value", "select_tab", "select_list_item", "reset_session"}


class HookApiError(Exception):
    """What the server answered in place of a result. `status` is 0 where nothing answered."""

    def __init__(self, status, message, code=None, retry_after=None):
        super().__init__(message)
        self.status = status
        self.code = code
        # Seconds until it is taken that came too soon; nothing of it was done.
        self.retry_after = retry_after


class ApiHookClient:
    """A client of one server. `timeout` is in seconds, of each call that names no other; `retries` counts how often one is tried again that did not get through."""

    def __init__(self, base_url=None, host="127.0.0.1", port=8999, timeout=10.0, retries=3, token=None):
        self.base_url = (base_url or "http://%s:%d" % (host, port)).rstrip("/")
        self.timeout = timeout
        self.retries = retries
        self._token = token
        self._lock = threading.Lock()
        self._begun = None
        self._seen = {}
        # A proxy of the machine is for the world outside of it.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    # The server

    def wait_for_server(self, timeout=10):
        """Whether the server answers within `timeout` seconds."""
        end = time.monotonic() + timeout
        while True:
            if self.is_alive():
                return True
            if time.monotonic() + _POLL >= end:
                return False
            time.sleep(_POLL)

    def is_alive(self):
        try:
            self._get("/status", timeout=_PROBE, retries=0)
            return True
        except HookApiError:
            return False

    def watch_health(self, on_change, every=5.0):
        """Calls `on_change(is_alive)` from a thread of its own when the server comes or goes. Returns the way to stop."""
        stopped = threading.Event()

        def look():
            known = None
            while not stopped.is_set():
                alive = self.is_alive()
                if alive != known and not stopped.is_set():
                    known = alive
                    on_change(alive)
                stopped.wait(every)

        threading.Thread(target=look, daemon=True).start()
        return stopped.set

    def get_status(self, timeout=None):
        return self._get("/status", timeout=timeout)

    # The page

    def click(self, item, user_data=None, timeout=None):
        return self.push_event("click", {"item": item} if user_data is None else {"item": item, "user_data": user_data}, timeout)

    def set_value(self, item, value, timeout=None):
        return self.push_event("set_value", {"item": item, "value": value}, timeout)

    def select_tab(self, item, value, timeout=None):
        return self.push_event("select_tab", {"item": item, "value": value}, timeout)

    def select_list_item(self, item, value, timeout=None):
        return self.push_event("select_list_item", {"item": item, "value": value}, timeout)

    def custom_callback(self, callback, args=None, timeout=None):
        """Calls an operation by its name. `args`: a list of its fields in order, or with its input as one dict."""
        return self.push_event("custom_callback", {"callback": callback, "args": args or []}, timeout).get("result")

    def push_event(self, action, payload=None, timeout=None):
        self._begin(timeout)
        return self._post("/api/gui", dict(payload or {}, action=action), repeatable=action in _REPEATABLE, timeout=timeout)

    def get_value(self, item, timeout=None):
        """The bare value of a field of the page, or of a figure by its path, with its JSON type."""
        return self._get("/api/gui/value/" + urllib.parse.quote(item, safe=""), timeout=timeout)["value"]

    def get_gui(self, timeout=None):
        return self._get("/api/gui", timeout=timeout)

    def get_gui_state(self, timeout=None):
        return self._get("/api/gui/state", timeout=timeout)

    def reset_session(self, timeout=None):
        self._begin(timeout)
        return self._post("/api/reset", {}, repeatable=True, timeout=timeout)

    # Events and people

    def wait_for_event(self, event_type, timeout=10):
        """The next event of a type or pattern, of those since the first call of this client: each is given once.

        None when none comes in `timeout` seconds, however often the server goes and comes back meanwhile.
        """
        left = timeout
        while True:
            seconds = min(left, _WAIT)
            start = time.monotonic()
            try:
                event = self._event_in(event_type, seconds)
                if event is not None:
                    return event
                left -= seconds
            except HookApiError as error:
                if 400 <= error.status < 500 and error.status != 429:
                    return None
                time.sleep(max(0.0, min(_POLL, left)))
                left -= time.monotonic() - start
            if left <= 0:
                return None

    def _event_in(self, event_type, seconds):
        options = {"timeout": seconds + _SLACK, "retries": 0}
        after = self._seen[event_type] if event_type in self._seen else self._begin(**options)
        query = urllib.parse.urlencode({"event_type": event_type, "timeout": seconds, "after": after})
        event = self._get("/api/events/wait?" + query, **options).get("event")
        if event is not None:
            self._seen[event_type] = event["seq"]
        return event

    def get_events(self, after=None, type=None, limit=None, timeout=None):
        given = {"after": after, "type": type, "limit": limit}
        query = urllib.parse.urlencode({k: v for k, v in given.items() if v is not None})
        return self._get("/api/events?" + query, timeout=timeout)

    def ask(self, prompt, timeout=60, id=None):
        """What a person says within `timeout` seconds: {"approved": bool, "response": str}. Nobody is no.

        Asked again with the same `id`, also by another process, it is the same ask and has its answer: a connection that is lost is taken up again.
        """
        asked = {"prompt": prompt, "timeout": timeout, "id": id or str(uuid.uuid4())}
        answer = self._post("/api/ask", asked, timeout=timeout + _SLACK, repeatable=True)
        return {"approved": answer.get("approved", False), "response": answer.get("response", "")}

    # Work

    def get_mma_status(self, timeout=None):
        return self._get("/api/gui/mma_status", timeout=timeout)

    def get_mma_workers(self, timeout=None):
        return self._get("/api/mma/workers", timeout=timeout)["workers"]

    def spawn_mma_worker(self, payload, timeout=None):
        return self._post("/api/mma/workers/spawn", payload, timeout=timeout)

    def kill_mma_worker(self, worker_id, timeout=None):
        return self._post("/api/mma/workers/kill", {"worker_id": worker_id}, repeatable=True, timeout=timeout)

    def pause_mma_pipeline(self, timeout=None):
        return self._post("/api/mma/pipeline/pause", {}, repeatable=True, timeout=timeout)

    def resume_mma_pipeline(self, timeout=None):
        return self._post("/api/mma/pipeline/resume", {}, repeatable=True, timeout=timeout)

    def mutate_mma_dag(self, payload, timeout=None):
        return self._post("/api/mma/dag/mutate", payload, timeout=timeout)

    def get_context_state(self, timeout=None):
        return self._get("/api/context/state", timeout=timeout)

    def inject_context(self, payload, timeout=None):
        """{"text", "files", "skeletons", "session_id", "worker_id"}: words and files for an agent, with its next hook."""
        return self._post("/api/context/inject", payload, timeout=timeout)

    # Figures

    def get_financial_metrics(self, timeout=None):
        return self._get("/api/metrics/financial", timeout=timeout)

    def get_system_telemetry(self, timeout=None):
        return self._get("/api/system/telemetry", timeout=timeout)

    def get_performance(self, timeout=None):
        return self._get("/api/performance", timeout=timeout)

    def get_comms(self, timeout=None):
        return self._get("/api/comms", timeout=timeout)["comms"]

    def get_diagnostics(self, timeout=None):
        return self._get("/api/diagnostics", timeout=timeout)

    def _begin(self, timeout=None, retries=None):
        """The last event before this client did anything."""
        with self._lock:
            if self._begun is None:
                self._begun = self._get("/status", timeout=timeout, retries=retries).get("seq", 0)
            return self._begun

    def _get(self, path, **options):
        return self._call("GET", path, None, repeatable=True, **options)

    def _post(self, path, body, **options):
        return self._call("POST", path, json.dumps(body).encode("utf-8"), **options)

    def _call(self, method, path, body, timeout=None, retries=None, repeatable=False):
        most = self.retries if retries is None else retries
        attempt = 0
        while True:
            pause = _FIRST_PAUSE * 2**attempt
            try:
                return self._try(method, path, body, self.timeout if timeout is None else timeout)
            except _NotThrough as failure:
                # What may be done only once is tried again only where nothing was sent.
                if not (repeatable or failure.refused) or attempt >= most:
                    raise HookApiError(0, str(failure)) from failure.__cause__
            except HookApiError as error:
                if error.retry_after is None or attempt >= most:
                    raise
                pause = error.retry_after
            time.sleep(pause)
            attempt += 1

    def _try(self, method, path, body, timeout):
        request = urllib.request.Request(self.base_url + path, data=body, method=method)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if self._token is not None:
            request.add_header("Authorization", "Bearer " + self._token)
        try:
            with self._opener.open(request, timeout=timeout) as reply:
                status, text, after = reply.status, reply.read(), None
        except urllib.error.HTTPError as error:
            status, text, after = error.code, error.read(), error.headers.get("Retry-After") if error.code == 429 else None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, socket.timeout):
                raise HookApiError(0, "no answer in %s s at %s%s" % (timeout, self.base_url, path)) from error
            raise _NotThrough("nobody answers at %s%s" % (self.base_url, path), isinstance(reason, ConnectionRefusedError)) from error
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if not 200 <= status < 300 or not isinstance(told, dict):
            known = told if isinstance(told, dict) else {}
            message = known.get("error", "%s %s was answered with %d" % (method, path, status))
            raise HookApiError(status, message, known.get("code"), float(after) if after else None)
        return told


class _NotThrough(Exception):
    def __init__(self, message, refused):
        super().__init__(message)
        self.refused = refused
