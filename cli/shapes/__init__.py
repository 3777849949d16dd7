"""The shape of the JSON that each command prints with `--json`; scripts depend on it.

Nothing here is imported by commands. The page `docs/reference/json.md` is made from
these types, and tests hold every result that they see against them: no field may be
missing, none may be there that is not named, and each has the type that it says.
"""

from __future__ import annotations

from collections.abc import Mapping

from cli.shapes import acts, containers, files, networks, proofs, records

ACT = (acts.Done,)
BATCHED = (acts.Done, acts.DoneTogether)
SHOWN = (records.Shown,)
HISTORY = (records.History,)
NEXT = (records.Next,)
FOUND = (records.Found,)
TRADE = ("bill", "clearance", "movement", "document", "proposal")

SHAPES: Mapping[str, tuple[type, ...]] = {
    "demo": (networks.Demo,),
    "network init": (networks.Founded, containers.FoundedInContainers),
    "network hand-out": (containers.HandedOut,),
    "network up": (networks.Up,),
    "network down": (networks.Down,),
    "network status": (networks.NetworkStatus,),
    "network reset": (networks.Reset,),
    "network add": (networks.Added,),
    "network rotate": (networks.KeyAdded,),
    "network join-request": (networks.JoinRequest,),
    "network assemble": (networks.Assembled,),
    "network save": (networks.SavedNetwork,),
    "network load": (networks.LoadedNetwork,),
    "node check": (networks.NodeCheck,),
    "node vouch": (acts.Vouched,),
    "node rejoin": (acts.Rejoins,),
    "node backup": (networks.Backup,),
    "node restore": (networks.Backup,),
    "node audit": (proofs.Audited,),
    "node prune": (networks.Pruned,),
    "node repair": (networks.Repaired,),
    "node status": (networks.NodeStatus,),
    "lab list": (networks.Exercises,),
    "lab start": (networks.LabStep,),
    "lab check": (networks.LabStep,),
    "lab stop": (networks.LabStopped,),
    "lab reset": (networks.LabReset,),
    "lab do": (networks.LabDid,),
    "lab words": (networks.Glossary,),
    "key new": (files.SigningKey,),
    "key new-validator": (files.ValidatorKey,),
    "key new-contents": (files.ContentsKey,),
    "key show": (files.SigningKey, files.ValidatorKey, files.ContentsKey),
    "key thumbprint": (files.Thumbprint,),
    "member list": (records.Members,),
    "org list": (records.Organisations,),
    "org rotate-validator": (acts.Rotated,),
    "proposal list": (records.Lines,),
    "proposal vote": (acts.Voted,),
    "bill switch-to-paper": (acts.PutOnPaper,),
    "bill statement": (files.PaperStatement,),
    "bill identify-paper": (files.PaperFile,),
    "bill draft": (files.Drafted,),
    "bill check": (files.Checked,),
    "bill issue": (acts.Issued, records.IssuedBefore),
    "batch run": (acts.DoneTogether,),
    "batch template": (acts.Template,),
    "statement status": (acts.Sealed, acts.Pending, acts.Refused),
    "statement send": (acts.SentAgain,),
    "codes load": (files.Loaded,),
    "codes list": (files.CodeLists,),
    "codes find": (files.Code,),
    "clearance lodge": (acts.Done, acts.DoneTogether, acts.NothingDone),
    "clearance replay": (acts.Replayed,),
    "movement record": (acts.Recorded, acts.RecordedFile, acts.DoneTogether, acts.NothingDone),
    "movement expect": (acts.Recorded,),
    "movement timeline": (records.Timeline, files.EventsWritten),
    "movement list": (records.History,),
    "document get": (files.Fetched,),
    "document share": (files.Shared,),
    "document reads": (files.Reads,),
    "document disclose": (files.Disclosed,),
    "document erase": (files.Erased,),
    "acts": (records.Contracts, records.Contract, records.ActMeaning, records.CodeMeaning),
    "evidence get": (proofs.Saved,),
    "evidence pack": (proofs.Packed,),
    "verify": (proofs.Verified, proofs.VerifiedPackage, proofs.NoPackage),
    "audit": (proofs.Audited, proofs.Conflict),
    "doctor": (networks.Doctor,),
    "login": (files.SignedIn,),
    "completion": (files.Completion,),
    **{f"{group} show": SHOWN for group in (*TRADE, "member", "org", "mandate")},
    **{f"{group} next": NEXT for group in (*TRADE, "member")},
    **{f"{group} history": HISTORY for group in ("bill", "clearance", "proposal", "member", "org")},
    **{f"{group} list": FOUND for group in ("bill", "clearance", "mandate")},
}
"""Shapes by command, for those that show something of their own; a command that is not here does an act."""

WITHOUT_JSON = frozenset({"node run"})
"""Commands that have no result: they run until they are stopped."""


def shapes_of(command: str, *, batch: bool = False) -> tuple[type, ...]:
    """What a command may print: one of these; `batch` says that it takes `--batch`."""
    return SHAPES.get(command, BATCHED if batch else ACT)
