"""The page over HTTP: what it shows, what it lets whom change, and what it tells the others."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from review_builders import ORIGIN

from artwork.review.guard import HEADERS
from artwork.store.catalog import Catalog
from artwork.store.journal import Journal

Enter = Callable[[str], TestClient]
TILES = "/api/titles/harbour/tiles"


def verdict(frame: str, word: str, seen: int = 0, reason: str = "") -> dict[str, object]:
    return {"changes": [{"frame": frame, "seen": seen, "verdict": {"verdict": word, "reason": reason}}]}


def change(client: TestClient, body: dict[str, object]) -> dict[str, object]:
    answer = client.post("/api/titles/harbour/changes", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_list_shows_titles_with_their_progress(enter: Enter) -> None:
    client = enter("Ana")
    change(client, verdict("f1", "approved"))
    shown = client.get("/").text
    assert "Harbour" in shown
    assert "1 approved" in shown
    assert "2 open" in shown


def test_the_sheet_gives_candidates_by_rank_and_the_others_when_asked(enter: Enter) -> None:
    client = enter("Ana")
    by_kind = {
        kind: client.get(TILES, params={"kind": kind}).json()["tiles"] for kind in ("candidate", "spare", "refused")
    }
    assert {kind: [tile["id"] for tile in tiles] for kind, tiles in by_kind.items()} == {
        "candidate": ["f1", "f3", "f6"],
        "spare": ["f5", "f7"],
        "refused": ["f0", "f2", "f4"],
    }
    assert by_kind["refused"][0]["refusals"][0]["measured"] == "brightness 1.0\xa0%"


def test_a_verdict_moves_the_coverage_and_is_undone_and_done_again(enter: Enter) -> None:
    client = enter("Ana")
    told = change(client, verdict("f1", "approved"))
    facets = {facet["name"]: facet["shares"] for facet in told["coverage"]}
    assert facets["Shot scale"] == [["Medium shot", 1, 2], ["No face seen", 0, 1]]
    assert facets["People"] == [["nobody", 0, 1], ["one face", 1, 2]]
    assert facets["Mood"] == [["calm", 1, 2], ["tense", 0, 1]]
    assert told["standings"]["f1"]["seen"] == 1
    undone = client.post("/api/titles/harbour/undo").json()
    assert undone["standings"]["f1"]["verdict"] == "proposed"
    redone = client.post("/api/titles/harbour/redo").json()
    assert redone["standings"]["f1"]["verdict"] == "approved"
    assert client.post("/api/titles/harbour/redo").json()["conflicts"] == []


def test_the_second_of_two_who_judge_at_once_is_told_and_nothing_is_lost(enter: Enter) -> None:
    ana, ben = enter("Ana"), enter("Ben")
    change(ana, verdict("f1", "approved"))
    told = change(ben, verdict("f1", "rejected"))
    assert told["conflicts"][0]["standing"]["reviewer"] == "Ana"
    assert "standings" not in told
    after = change(ben, verdict("f1", "rejected", seen=1, reason="spoiler"))
    assert after["standings"]["f1"]["reason"] == "spoiler"


def test_a_refused_frame_brought_back_is_a_candidate_until_undone(enter: Enter) -> None:
    client = enter("Ana")
    told = change(client, {"changes": [{"frame": "f2", "seen": 0, "propose": True}]})
    assert [(tile["id"], tile["kind"], tile["rank"]) for tile in told["tiles"]] == [("f2", "candidate", 4)]
    assert [tile["id"] for tile in client.get(TILES).json()["tiles"]] == ["f1", "f3", "f6", "f2"]
    undone = client.post("/api/titles/harbour/undo").json()
    assert [(tile["id"], tile["kind"]) for tile in undone["tiles"]] == [("f2", "refused")]


def test_a_focal_point_moves_the_crops(enter: Enter) -> None:
    client = enter("Ana")
    change(client, {"changes": [{"frame": "f6", "seen": 0, "focus": {"x": 0.05, "y": 0.5}}]})
    proofs = client.get("/api/titles/harbour/frames/f6/proofs").json()
    boxes = {one["canvas"]: one["box"] for one in proofs["proofs"] if "box" in one}
    assert proofs["focus"] == [0.05, 0.5]
    assert set(boxes) == {"billboard", "boxart", "square", "story", "banner", "thumbnail"}
    assert all(box[0] <= 0.05 <= box[0] + box[2] for box in boxes.values())
    tried = client.get("/api/titles/harbour/frames/f6/proofs", params={"x": 0.95, "y": 0.5}).json()
    assert all(one["box"][0] + one["box"][2] >= 0.95 for one in tried["proofs"])
    change(client, {"changes": [{"frame": "f6", "seen": 1, "focus": "none"}]})
    assert client.get("/api/titles/harbour/frames/f6/proofs").json()["focus"] is None


def test_a_proof_is_a_picture_of_the_canvas_with_the_title_on_it(enter: Enter) -> None:
    client = enter("Ana")
    answer = client.get("/proofs/harbour/f6/square.jpg", params={"width": 360})
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert (answer.headers["content-type"], pixels.shape) == ("image/jpeg", (360, 360, 3))
    assert client.get("/proofs/harbour/f6/mural.jpg").status_code == 404


def test_looking_close_tells_everything_of_a_frame(enter: Enter) -> None:
    client = enter("Ana")
    change(client, verdict("f3", "rejected", reason="dull"))
    look = client.get("/api/titles/harbour/frames/f3").json()
    assert look["annotation"]["faces"][0]["left"] == 0.4
    assert look["themes"] == [["mood", "calm", 0.7]]
    assert [one["id"] for one in look["neighbours"]] == ["f0", "f1", "f2", "f4", "f5", "f6", "f7"]
    assert [(act["reviewer"], act["verdict"], act["reason"]) for act in look["history"]] == [
        ("Ana", "rejected", "dull")
    ]
    assert look["film"] is False


def test_similar_frames_begin_with_the_frame_itself(enter: Enter) -> None:
    found = enter("Ana").get("/api/titles/harbour/similar", params={"frame": "f3"}).json()["found"]
    assert found[0][0] == "f3"
    assert found[0][1] == pytest.approx(1.0, abs=1e-5)
    assert len(found) == 8
    assert [likeness for _, likeness in found] == sorted((likeness for _, likeness in found), reverse=True)


def test_words_need_a_model_that_reads(enter: Enter) -> None:
    answer = enter("Ana").get("/api/titles/harbour/words", params={"words": "two people at night"})
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")


def test_the_full_frame_falls_back_to_the_still_and_says_so(enter: Enter) -> None:
    answer = enter("Ana").get("/frames/harbour/f1/full.jpg")
    assert (answer.status_code, answer.headers["x-from"]) == (200, "still")
    assert enter("Ben").get("/api/titles/harbour/around", params={"pts": 1, "time_base": "1/24"}).status_code == 409


def test_tiles_come_small_and_may_be_kept_for_ever(enter: Enter) -> None:
    client = enter("Ana")
    still = client.get(TILES).json()["tiles"][0]["still"]
    answer = client.get(f"/pictures/320/{still}")
    assert cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR).shape == (180, 320, 3)
    assert "immutable" in answer.headers["cache-control"]
    assert client.get(f"/pictures/999/{still}").status_code == 404


def test_nobody_sees_anything_before_saying_who_they_are(enter: Enter) -> None:
    client = enter("Ana")
    client.cookies.clear()
    answer = client.get("/titles/harbour", headers={"accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/enter?back=%2Ftitles%2Fharbour")
    assert client.get(TILES).status_code == 401
    assert client.get("/frames/harbour/f1/full.jpg").status_code == 401
    assert client.get("/api/titles/harbour/events").status_code == 401


def test_a_forged_or_cut_cookie_is_nobody(enter: Enter) -> None:
    client = enter("Ana")
    whole = client.cookies["artwork_session"]
    for forged in (whole[:-1], whole.replace(".", "x.", 1), "e30=." + "0" * 64, "x", ""):
        client.cookies.clear()
        client.cookies.set("artwork_session", forged, domain="localhost.local", path="/")
        assert client.get(TILES).status_code == 401, forged


def test_a_viewer_looks_and_changes_nothing(enter: Enter) -> None:
    client = enter("Vera")
    assert client.get(TILES).status_code == 200
    answer = client.post("/api/titles/harbour/changes", json=verdict("f1", "approved"))
    assert (answer.status_code, answer.json()["detail"].split(",")[0]) == (403, "Vera may look")
    assert client.post("/api/titles/harbour/undo").status_code == 403


def test_only_an_administrator_reads_the_whole_journal(enter: Enter) -> None:
    ana, ada = enter("Ana"), enter("Ada")
    change(ana, verdict("f1", "approved"))
    assert ana.get("/journal").status_code == 403
    assert "The chain of 1 entry is whole" in ada.get("/journal").text
    [line] = ada.get("/journal.jsonl").text.splitlines()
    assert json.loads(line)["reviewer"] == "Ana"


def test_a_change_without_the_sessions_token_is_refused(enter: Enter) -> None:
    client = enter("Ana")
    client.headers["x-csrf-token"] = "0" * 64
    assert client.post("/api/titles/harbour/changes", json=verdict("f1", "approved")).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
        {"origin": ORIGIN, "sec-fetch-site": "same-site"},
    ],
)
def test_a_change_from_another_site_is_refused(enter: Enter, headers: dict[str, str]) -> None:
    answer = enter("Ana").post("/api/titles/harbour/undo", headers=headers)
    assert (answer.status_code, "another site" in answer.text) == (403, True)


def test_a_name_that_resolves_here_is_not_our_name(enter: Enter) -> None:
    answer = enter("Ana").get("/", headers={"host": "evil.example:8010"})
    assert answer.status_code == 403


def test_the_cookie_and_every_answer_are_closed_to_others(enter: Enter) -> None:
    client = enter("Ana")
    answer = client.post("/enter", data={"name": "Ana"}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    for path in ("/", "/titles/harbour", TILES, "/titles/none", "/enter"):
        headers = client.get(path).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS, path


def test_pages_hold_no_inline_script_and_no_inline_style(enter: Enter) -> None:
    client = enter("Ada")
    for path in ("/", "/titles/harbour", "/journal", "/enter"):
        page = client.get(path, headers={"accept": "text/html"}).text
        assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []
        assert re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:", page) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (verdict("nowhere", "approved"), 404),
        (verdict("f1", "maybe"), 422),
        ({"changes": []}, 422),
        ({"changes": [{"frame": "f1", "seen": -1}]}, 422),
        ({"changes": [{"frame": "f1", "seen": 0, "focus": {"x": 2, "y": 0}}]}, 422),
        ({"changes": [{"frame": "f1", "seen": 0, "more": 1}]}, 422),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(enter: Enter, body: dict[str, object], status: int) -> None:
    answer = enter("Ana").post("/api/titles/harbour/changes", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_an_unknown_title_is_a_page_for_people_and_a_problem_for_scripts(enter: Enter) -> None:
    client = enter("Ana")
    assert "Not there" in client.get("/titles/none", headers={"accept": "text/html"}).text
    assert client.get("/api/titles/none/tiles").status_code == 404


def test_what_one_does_is_in_the_journal_under_their_name(enter: Enter, review_catalog: Catalog) -> None:
    change(enter("  Ana \u202e\n Lund "), verdict("f1", "approved"))
    [entry] = Journal(review_catalog.database).entries("harbour")
    assert entry.reviewer == "Ana Lund"
    assert review_catalog.verdicts("harbour") == {"f1": "approved"}


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_coming_in_leads_nowhere_else(enter: Enter, back: str) -> None:
    answer = enter("Ana").post("/enter", data={"name": "Ana", "back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_leaving_ends_the_session(enter: Enter) -> None:
    client = enter("Ana")
    client.post("/leave")
    assert client.get(TILES).status_code == 401


def test_what_stands_out_is_a_clear_picture_over_the_frame(enter: Enter) -> None:
    """The head, a disc on a plain sky in f1, is warm; the corner of the sky is clear."""
    answer = enter("Ana").get("/frames/harbour/f1/saliency.png")
    layer = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (answer.headers["content-type"], layer.shape) == ("image/png", (36, 64, 4))
    assert layer[..., 3].max() > 200
    assert layer[0, 0, 3] < 40
    assert enter("Ana").get("/frames/harbour/none/saliency.png").status_code == 404


def test_a_still_that_is_gone_costs_its_frame_alone(enter: Enter, review_store: Path) -> None:
    client = enter("Ana")
    lost = client.get(TILES).json()["tiles"][0]["still"]
    (review_store / "blobs" / lost).unlink()
    for frame in ("f1", "f3"):
        told = change(client, verdict(frame, "approved"))
        assert told["standings"][frame]["verdict"] == "approved"
    for path in ("/", "/titles/harbour", TILES, "/api/titles/harbour/cast", "/api/titles/harbour/frames/f1"):
        assert client.get(path).status_code == 200, path
    for path in ("/api/titles/harbour/frames/f1/proofs", "/frames/harbour/f1/saliency.png"):
        answer = client.get(path)
        assert (answer.status_code, f"no blob {lost}" in answer.json()["detail"]) == (500, True)


def test_a_refused_frame_that_is_approved_at_once_is_a_candidate_with_its_verdict(enter: Enter) -> None:
    client = enter("Ana")
    told = change(client, verdict("f2", "approved"))
    assert [(tile["id"], tile["kind"]) for tile in told["tiles"]] == [("f2", "candidate")]
    assert told["slate"]
    undone = client.post("/api/titles/harbour/undo").json()
    assert [(tile["id"], tile["kind"]) for tile in undone["tiles"]] == [("f2", "refused")]
    assert not change(client, verdict("f1", "approved"))["slate"]


def test_a_candidate_of_the_short_list_that_is_brought_back_again_keeps_its_place(enter: Enter) -> None:
    client = enter("Ana")
    change(client, {"changes": [{"frame": "f3", "seen": 0, "propose": True}]})
    assert [tile["rank"] for tile in client.get(TILES).json()["tiles"]] == [1, 2, 3]
