"""What the scripts beside this one share: requests with exactly the headers that a client sets, and checks that say what came instead.

Python's standard library alone. A script is called with the service's address, and ends with 1 and a sentence where an answer is not the client's.
"""
import http.client
import sys
import urllib.parse

ADDRESS = urllib.parse.urlsplit(sys.argv[1])


class Response:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()


def send(method, path, body=None, headers=()):
    """Sends a request whose headers are these, Host and Content-Length, and nothing else."""
    connection = http.client.HTTPConnection(ADDRESS.hostname, ADDRESS.port, timeout=60)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in dict(headers).items():
        connection.putheader(name, str(value))
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = Response(connection.getresponse())
    connection.close()
    return response


def expect(found, wanted, what):
    if found != wanted:
        sys.exit(f"{what}: {found!r} instead of {wanted!r}")


def expect_that(holds, what):
    if not holds:
        sys.exit(what)
