"""What a script of the Hook API does, with the real client against the daemon at argv[1]; argv[2] is the folder of the client. Prints what it saw."""

import http.server
import json
import sys
import threading
import time
import urllib.error
import urllib.request

url = sys.argv[1]
sys.path.insert(0, sys.argv[2])

from orrery_hook_api import ApiHookClient, HookApiError  # noqa: E402

saw = {}

# The polling script as the documents of the original have it: every half second, a second for each answer, thirty in all.
deadline = time.time() + 30
while time.time() < deadline:
    try:
        if urllib.request.urlopen(url + "/status", timeout=1).status == 200:
            saw["polled"] = True
            break
    except (urllib.error.URLError, ConnectionError):
        pass
    time.sleep(0.5)

host, port = url.split("//")[1].split(":")
client = ApiHookClient(host=host, port=int(port))
saw["server"] = client.wait_for_server(timeout=10)
saw["status"] = client.get_status()["status"]

# raise_for_status() is passed by what is done, and by nothing else.
body = json.dumps({"action": "click", "item": "btn_reset"}).encode()
post = urllib.request.Request(url + "/api/gui", data=body, headers={"Content-Type": "application/json"})
saw["documented_click"] = json.loads(urllib.request.urlopen(post, timeout=5).read())["status"]

saw["queued"] = [
    client.select_tab("ui.screen", "traces")["status"],
    client.set_value("traces.filter", "npm test")["status"],
    client.set_value("traces.table", True)["status"],
    client.select_list_item("traces.outcome", "failed")["status"],
    client.click("traces.toggle_table", user_data="from a script")["status"],
    client.push_event("set_value", {"item": "traces.min", "value": 12})["status"],
]
saw["values"] = [client.get_value(item) for item in ("ui.screen", "traces.filter", "traces.table", "traces.outcome", "traces.min")]
saw["clicked"] = client.wait_for_event("ui.clicked", timeout=10)["data"]["control"]
saw["never"] = client.wait_for_event("x.never.comes", timeout=0.2)
saw["events"] = len(client.get_events(type="ui.changed")["events"])
client.reset_session()
saw["after_reset"] = client.get_value("traces.filter")


# Asked in one thread, and others are answered meanwhile.
def ask():
    saw["ask"] = client.ask("Deploy to production?", timeout=60)


asking = threading.Thread(target=ask)
asking.start()
deadline = time.time() + 30
while time.time() < deadline:
    items = client.custom_callback("asks.list")["items"]
    if items:
        break
    time.sleep(0.05)
saw["asked"] = [items[0]["kind"], items[0]["prompt"]]
client.custom_callback("asks.answer", [{"ask_id": items[0]["ask_id"], "answer": {"approved": True, "message": "go on"}}])
asking.join(30)
saw["silence"] = client.ask("Anybody?", timeout=0.2)

saw["reads"] = {
    name: type(getattr(client, name)()).__name__
    for name in (
        "get_gui get_gui_state get_mma_status get_mma_workers get_context_state get_financial_metrics get_system_telemetry "
        "get_performance get_comms get_diagnostics"
    ).split()
}


def failing(call):
    try:
        call()
    except HookApiError as error:
        return [error.status, str(error)]
    return None


saw["engine"] = [
    failing(call)[0]
    for call in (
        lambda: client.spawn_mma_worker({"prompt": "x"}),
        lambda: client.kill_mma_worker("w1"),
        client.pause_mma_pipeline,
        client.resume_mma_pipeline,
        lambda: client.mutate_mma_dag({"action": "add"}),
    )
]
saw["unknown"] = failing(lambda: client.click("nav.trace"))
saw["nobody_to_inject"] = failing(lambda: client.inject_context({"text": "x"}))[0]

gone = ApiHookClient(port=1, retries=1, timeout=2)
saw["gone"] = [gone.wait_for_server(timeout=0.2), failing(gone.get_status)[0], gone.wait_for_event("ui.clicked", timeout=0.1)]


class Hurried(http.server.BaseHTTPRequestHandler):
    """Takes every second call only, and breaks off the first wait for an event."""

    calls = []

    def do_GET(self):
        self.calls.append(self.path.split("?")[0])
        if self.calls.count("/api/events/wait") == 1:
            return self.connection.close()
        self.answer(200, {"event": {"seq": 4}} if "wait" in self.path else {"seq": 3})

    def do_POST(self):
        self.calls.append(self.path)
        self.answer(*((429, {"error": "too many"}) if self.calls.count(self.path) == 1 else (200, {"status": "queued"})))

    def answer(self, status, told):
        self.send_response(status)
        self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_):
        pass


hurried = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hurried)
threading.Thread(target=hurried.serve_forever, daemon=True).start()
patient = ApiHookClient(port=hurried.server_port)
saw["patient"] = [patient.click("nav.live")["status"], patient.wait_for_event("ui.clicked", timeout=60)["seq"], len(Hurried.calls)]
hurried.shutdown()

health = []
stop = client.watch_health(health.append, every=0.05)
deadline = time.time() + 10
while not health and time.time() < deadline:
    time.sleep(0.02)
stop()
saw["health"] = health

print(json.dumps(saw))
