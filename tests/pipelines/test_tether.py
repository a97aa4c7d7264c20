"""A child that is tied to its parent ends with it, however the parent died."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from artwork.tether import tethered

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are tied on Linux alone")

SERVICE = """
import http.server, os, sys, threading
def outlived():
    os.write(int(sys.argv[2]), b"outlived")
    os._exit(0)
threading.Timer(20, outlived).start()
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'{"release": "r"}')
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
PARENT = """
import os, sys
from pathlib import Path
from pipelines.service_child import running_service
# Everything inherits this end of the pipe: while any of them lives, it is open.
os.set_inheritable(int(sys.argv[2]), True)
import subprocess
real = subprocess.Popen
subprocess.Popen = lambda *given, **named: real(*given, **named, close_fds=False)
with running_service(Path(sys.argv[1]), {}, [sys.executable, sys.argv[3], "{port}", sys.argv[2]]):
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_a_service_does_not_outlive_a_demo_that_is_killed(tmp_path: Path) -> None:
    """The pipe that both hold is closed once both are gone; no reading of it would end before."""
    service = tmp_path / "service.py"
    service.write_text(SERVICE)
    reading, writing = os.pipe()
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), str(writing), str(service)],
        pass_fds=[writing],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    os.close(writing)
    with parent, os.fdopen(reading, "rb") as pipe:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        parent.kill()
        assert pipe.read() == b""


def test_who_comes_when_the_parent_is_gone_does_not_begin() -> None:
    words = tethered([sys.executable, "-c", "print('begun')"])
    here = words.index(str(os.getpid()))
    assert subprocess.run(words, capture_output=True, check=True).stdout == b"begun\n"
    orphaned = [*words[:here], "1", *words[here + 1 :]]
    assert subprocess.run(orphaned, capture_output=True, check=False).stdout == b""
