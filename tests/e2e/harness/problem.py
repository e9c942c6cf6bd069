"""What a refusal must look like, wherever it comes from."""


def assert_problem(response, status, slug=None, pointer=None, mentions=None):
    """`response` is an RFC 9457 problem of `status`; returns it."""
    assert response.status == status, f"{response.status} instead of {status}: {response.text[:500]}"
    assert response.media_type == "application/problem+json", response.headers
    problem = response.json
    assert problem["status"] == status
    assert problem["type"].startswith("/problems/"), problem
    assert problem["title"] and problem["detail"], problem
    assert "\n" not in problem["detail"], problem
    if slug:
        assert problem["type"] == f"/problems/{slug}", problem
    if pointer is not None:
        pointers = [error["pointer"] for error in problem.get("errors", [])]
        assert pointer in pointers, f"{pointer} is not named: {problem}"
        assert all(error["detail"] for error in problem["errors"]), problem
    if mentions:
        assert mentions in response.text, f"{mentions!r} is not mentioned: {problem}"
    return problem
