"""The main job in Python, on its standard library alone: python3 main_job.py [http://localhost:5080]"""
import json
import sys
import urllib.error
import urllib.request

BASE = (sys.argv[1] if len(sys.argv) > 1 else "http://localhost:5080") + "/api/v1"
TABLE = "x,y\n" + "".join(f"{i / 2},{i + 1}\n" for i in range(40))


def call(method, path, body=None, **headers):
    """Sends a request; a dict goes as JSON, text as CSV. Returns the JSON of the answer."""
    is_csv = isinstance(body, str)
    data = None if body is None else (body if is_csv else json.dumps(body)).encode()
    request = urllib.request.Request(BASE + path, data, method=method, headers={
        "Content-Type": "text/csv" if is_csv else "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}})
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        sys.exit(f"{refused.code}: {json.load(refused)['detail']}")


call("POST", "/datasets?name=py-line", TABLE)
job = call("POST", "/training-jobs", {"dataset": "py-line", "target": "y", "task": "regression", "seed": 1}, Prefer="wait=60")
while job["state"] in ("queued", "running"):  # where a minute was not enough
    job = call("GET", f"/training-jobs/{job['id']}")
if job["state"] != "succeeded":
    sys.exit(f"{job['state']}: {job['error']}")
print("R² on rows it has not seen:", job["metrics"]["test"]["r2"])
answer = call("POST", "/models/py-line/predict", {"rows": [{"x": 12}]})
print("y of x = 12:", answer["predictions"][0]["value"])
