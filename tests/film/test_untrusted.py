"""A film is a file from a stranger: it can name other files and hosts, and nothing else is ever opened."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import av
import isolated_work as work
import pytest
from film_maker import Making, plain, write_film

from artwork.domain import Timecode
from artwork.errors import FilmError, FilmReason
from artwork.film.isolation import Limits, run_isolated
from artwork.film.video import DecodeParams, PyAvSource, read_frame

SHORT = Limits(memory_mb=1024, seconds=30, stall_seconds=10)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A good film that others name."""
    return write_film(tmp_path / "good.mp4", [plain(64, 48, (255, 0, 0))] * 3)


@pytest.fixture
def host() -> Iterator[tuple[str, list[str]]]:
    """An address that listens, and the callers it had."""
    callers: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                callers.append("called")
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", callers
        done.set()
        thread.join()


PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
    "list.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "list.txt": "ffconcat version 1.0\nfile '{target}'\n",
    "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\na=control:{target}\n",
    "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT9S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" '
    'bandwidth="1"><BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "list.asx": '<asx version="3.0"><entry><ref href="{target}"/></entry></asx>',
    "list.smil": '<smil><body><video src="{target}"/></body></smil>',
    "list.xspf": "<playlist><trackList><track><location>{target}</location></track></trackList></playlist>",
    "list.ram": "{target}\n",
}


def reason_of(location: Path | str) -> FilmReason:
    """Why a film is refused, tried in a child process: a hang would be told."""
    report = Path(location).absolute().parent / "report"
    with pytest.raises(FilmError) as caught:
        run_isolated(work.decode_film, (str(location), str(report)), SHORT)
    return caught.value.reason


@pytest.mark.parametrize("name", sorted(PLAYLISTS))
def test_a_playlist_opens_no_other_file(tmp_path: Path, name: str) -> None:
    """The file named is a pipe that nobody writes to: whoever opened it would hang until the limit."""
    os.mkfifo(tmp_path / "target.mp4")
    for target in ("target.mp4", str(tmp_path / "target.mp4"), f"file:{tmp_path / 'target.mp4'}"):
        (tmp_path / name).write_text(PLAYLISTS[name].format(target=target), encoding="utf-8")
        assert reason_of(tmp_path / name) is FilmReason.UNREADABLE


@pytest.mark.parametrize("name", sorted(PLAYLISTS))
def test_a_playlist_makes_no_connection(tmp_path: Path, name: str, host: tuple[str, list[str]]) -> None:
    address, callers = host
    for scheme in ("http", "tcp", "rtmp", "rtsp"):
        text = PLAYLISTS[name].format(target=f"{scheme}://{address}/a.mp4")
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert reason_of(tmp_path / name) is FilmReason.UNREADABLE
    assert callers == []


@pytest.mark.parametrize(
    "name", ["-video.mp4", "-i", "a b'\"$(id).mp4", "http:video.mp4", "concat:a|b.mp4", "data:video.mp4", "%03d.mp4"]
)
def test_a_film_of_any_name_is_a_film(film: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told as a relative path, too."""
    (film.parent / name).write_bytes(film.read_bytes())
    monkeypatch.chdir(film.parent)
    for location in (name, film.parent / name):
        with closing(PyAvSource(location)) as source:
            assert len(list(source.frames())) == 3


def test_a_name_that_is_no_text_is_a_film_too(film: Path) -> None:
    odd = Path(os.fsdecode(bytes(film.parent) + b"/\xff\xfe.mp4"))
    odd.write_bytes(film.read_bytes())
    with closing(PyAvSource(odd)) as source:
        assert len(list(source.frames())) == 3


@pytest.mark.parametrize("location", ["http://127.0.0.1:9/a.mp4", "concat:a.mp4|b.mp4", "/dev/zero", "a\0b", "", "."])
def test_what_is_no_file_is_unreadable(location: str) -> None:
    with pytest.raises(FilmError) as caught:
        PyAvSource(location)
    assert caught.value.reason is FilmReason.UNREADABLE


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert reason_of(tmp_path / "pipe.mp4") is FilmReason.UNREADABLE


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64),
        ("a.txt", b"not a film\n" * 100),
        ("a.mp4", b""),
        ("a.gif", b"GIF89a" + b"\0" * 32),
        ("a.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0\0"),
    ],
)
def test_what_is_no_film_is_unreadable_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FilmError) as caught:
        PyAvSource(tmp_path / name)
    assert caught.value.reason is FilmReason.UNREADABLE
    assert "\n" not in str(caught.value)


def _with_alias(movie: bytes, target: str) -> bytes:
    """The movie with its first data reference turned into an alias (QuickTime) of another file."""
    path = target.encode() + b"\0" * (len(target) % 2)
    alias = b"\0" * 10 + b"\0" + b"\0" * 27 + b"\0" * 12 + b"\0" + b"\0" * 63 + b"\0" * 16 + struct.pack(">HH", 0, 1)
    alias += b"\0" * 16 + struct.pack(">HH", 2, len(path)) + path + struct.pack(">HH", 0xFFFF, 0)
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    old = movie.index(b"url \0\0\0\1") - 4
    grown = len(entry) - 12
    patched = bytearray(movie)
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = movie.index(box) - 4
        size = struct.unpack_from(">I", patched, place)[0]
        struct.pack_into(">I", patched, place, size + grown)
    return bytes(patched[:old] + entry + patched[old + 12 :])


def test_a_movie_whose_frames_lie_in_another_file_does_not_get_them(film: Path) -> None:
    """Told to follow, libavformat finds all three: the alias is a good one."""
    movie = write_film(film.parent / "a.mov", [plain(64, 48, (0, 255, 0))] * 3)
    elsewhere = film.parent / "elsewhere.mov"
    elsewhere.write_bytes(movie.read_bytes())
    movie.write_bytes(_with_alias(movie.read_bytes(), str(elsewhere)))
    follow = {"enable_drefs": "1", "use_absolute_path": "1"}
    with av.open(str(movie), options=follow) as followed:
        assert len(list(followed.decode(video=0))) == 3
    assert reason_of(movie) is FilmReason.NO_FRAMES


def test_a_picture_larger_than_allowed_is_refused_although_the_container_lies(tmp_path: Path) -> None:
    """The stream grows in the middle: what comes before is kept."""
    parts = [write_film(tmp_path / f"{n}.h264", [plain(n, n, (9, 9, 9))] * 3, Making()) for n in (64, 512)]
    both = tmp_path / "both.h264"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    seen = []
    with pytest.raises(FilmError) as caught:
        seen.extend(PyAvSource(both, DecodeParams(max_pixels=100 * 100)).frames())
    assert caught.value.reason is FilmReason.DAMAGED
    assert 0 < len(seen) <= 3


def test_a_frame_is_not_read_from_a_playlist_either(film: Path) -> None:
    playlist = film.parent / "list.m3u8"
    playlist.write_text(PLAYLISTS["list.m3u8"].format(target=film.name), encoding="utf-8")
    with pytest.raises(FilmError):
        read_frame(playlist, Timecode(0, Making().time_base))
