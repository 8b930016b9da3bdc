"""Who is linked to an applicant through what they share: devices, documents, wallets, and the money
that went from wallet to wallet.

The graph has applicants on one side and blinded values on the other. Only the part around an
application is read, as far as the rules say; a value that very many share links nobody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from tallystick.screening.hits import Fact, Hit, found
from tallystick.screening.rules import Rules
from tallystick.screening.traces import Tracks, frauds_among

MOST_NODES: Final = 2_000
"""Where the search ends, however much is linked."""
_NEVER: Final = 2**62


def rings(conn: sqlite3.Connection, tracks: Tracks, rules: Rules) -> Iterable[Hit]:
    """More applicants linked than is usual, and links to confirmed fraud."""
    import networkx as nx

    rule = rules.ring
    me = _person(tracks.application.subject)
    graph = _around(conn, tracks, rules)
    steps = nx.single_source_shortest_path_length(graph, me)
    subjects = sorted(node[1] for node in steps if node[0] == "applicant")
    if len(subjects) > rule.most:
        facts: dict[str, Fact] = {"subjects": len(subjects), "most": rule.most}
        yield found("ring", rule.severity, facts, subjects, rules.digest)
    frauds = frauds_among(conn, set(subjects) - {tracks.application.subject})
    if frauds:
        near = min((_person(subject) for subject in frauds), key=lambda node: (steps[node], node))
        path = nx.shortest_path(graph, me, near)
        facts = {"steps": steps[near], "path": " - ".join(node[0] for node in path)}
        yield found("ring_fraud", rule.fraud, facts, [list(node) for node in path], rules.digest)


def all_rings(conn: sqlite3.Connection, rules: Rules) -> list[dict[str, Any]]:
    """Every group of more linked applicants than is usual, the largest first."""
    import networkx as nx

    graph = nx.Graph()
    for kind, digest in _shared(conn, rules):
        value = kind, digest.hex()
        graph.add_edges_from((value, node) for node in _holders(conn, value, _NEVER))
    for one, other in conn.execute("SELECT one, other FROM transfers"):
        graph.add_edge(("wallet", one.hex()), ("wallet", other.hex()))
    groups = []
    for component in nx.connected_components(graph):
        subjects = sorted(node[1] for node in component if node[0] == "applicant")
        if len(subjects) > rules.ring.most:
            kinds = sorted({node[0] for node in component} - {"applicant"})
            frauds = len(frauds_among(conn, subjects))
            groups.append({"subjects": subjects, "share": kinds, "confirmed_frauds": frauds})
    return sorted(groups, key=lambda group: (-len(group["subjects"]), group["subjects"]))


Node = tuple[str, str]
"""`applicant` and the subject, or a kind and the digest of a value."""


def _person(subject: str) -> Node:
    return "applicant", subject


def _around(conn: sqlite3.Connection, tracks: Tracks, rules: Rules) -> Any:
    import networkx as nx

    rule = rules.ring
    me = _person(tracks.application.subject)
    graph = nx.Graph()
    own = [(t.kind, t.digest.hex()) for t in tracks.traces if t.kind in rule.kinds]
    graph.add_edges_from((me, value) for value in own)
    graph.add_node(me)
    edge: list[Node] = [me, *own]
    for _ in range(rule.steps):
        reached: list[Node] = []
        for node in edge:
            near = list(_neighbours(conn, node, tracks.before, rule.kinds))
            if node[0] != "applicant" and len(near) > rule.hub:
                continue
            for other in near:
                if other not in graph:
                    reached.append(other)
                graph.add_edge(node, other)
        edge = reached
        if not edge or graph.number_of_nodes() > MOST_NODES:
            break
    return graph


def _neighbours(
    conn: sqlite3.Connection, node: Node, before: int, kinds: Collection[str]
) -> Iterator[Node]:
    kind, value = node
    if kind == "applicant":
        rows = conn.execute(
            "SELECT DISTINCT kind, digest FROM traces WHERE subject = ? AND id < ?",
            (value, before),
        ).fetchall()
        yield from ((of, digest.hex()) for of, digest in rows if of in kinds)
        return
    yield from _holders(conn, node, before)
    if kind == "wallet":
        digest = bytes.fromhex(value)
        rows = conn.execute(
            "SELECT other FROM transfers WHERE one = :wallet AND trace <= :before"
            " UNION SELECT one FROM transfers WHERE other = :wallet AND trace <= :before",
            {"wallet": digest, "before": before},
        ).fetchall()
        yield from (("wallet", other.hex()) for (other,) in rows)


def _holders(conn: sqlite3.Connection, value: Node, before: int) -> Iterator[Node]:
    rows = conn.execute(
        "SELECT DISTINCT subject FROM traces WHERE digest = ? AND kind = ? AND id < ?",
        (bytes.fromhex(value[1]), value[0], before),
    ).fetchall()
    return (_person(subject) for (subject,) in rows)


def _shared(conn: sqlite3.Connection, rules: Rules) -> list[tuple[str, bytes]]:
    rows = conn.execute(
        "SELECT kind, digest FROM traces GROUP BY kind, digest"
        " HAVING count(DISTINCT subject) BETWEEN 2 AND ?"
        " OR (kind = 'wallet' AND count(DISTINCT subject) <= ?)",
        (rules.ring.hub, rules.ring.hub),
    ).fetchall()
    return [(kind, digest) for kind, digest in rows if kind in rules.ring.kinds]
