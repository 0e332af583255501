"""Reduce the engine's own `.proto` files to the table of message fields that the package ships.

    python tools/engine_facts.py            writes src/mufakat/node/abci/messages.json

The files are those of the pinned engine in `engine/go.mod`, in the place where Go keeps modules. Kept are the messages
that the application interface and its proofs need: name, then for each field its name, number, type and whether it repeats.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2
from grpc_tools import protoc

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "src" / "mufakat" / "node" / "abci" / "messages.json"
WANTED = (
    "tendermint.abci.Request",
    "tendermint.abci.Response",
    "tendermint.types.Header",
    "tendermint.types.CanonicalVote",
    "tendermint.types.SimpleValidator",
    "tendermint.types.Commit",
)
MODULE = "github.com/cometbft/cometbft"
GOGO = "github.com/cosmos/gogoproto"
SCALARS = {
    getattr(descriptor_pb2.FieldDescriptorProto, f"TYPE_{name.upper()}"): name
    for name in ("int32", "int64", "uint32", "uint64", "sfixed64", "bool", "string", "bytes")
}


def module_dir(name: str) -> Path:
    found = subprocess.run(
        ["go", "list", "-m", "-f", "{{.Dir}}", name],
        cwd=ROOT / "engine",
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(found.stdout.strip())


def described() -> dict[str, descriptor_pb2.DescriptorProto]:
    """Return every message of the engine's files by its full name."""
    own, gogo = module_dir(MODULE) / "proto", module_dir(GOGO)
    well_known = Path(protoc.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "set"
        names = ["tendermint/abci/types.proto", "tendermint/types/canonical.proto"]
        code = protoc.main(
            ["", *(f"-I{each}" for each in (own, gogo, well_known)), "--include_imports", f"-o{out}", *names]
        )
        if code:
            sys.exit("the engine's files cannot be read")
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    return {f"{file.package}.{message.name}": message for file in files.file for message in file.message_type}


def main() -> None:
    messages = described()
    facts: dict[str, list[list[object]]] = {}
    todo = list(WANTED)
    while todo:
        name = todo.pop()
        if name in facts:
            continue
        fields: list[list[object]] = []
        for field in messages[name].field:
            kind = SCALARS.get(field.type)
            if field.type == field.TYPE_ENUM:
                kind = "int32"  # the same bytes; the numbers are named where they are used
            if field.type == field.TYPE_MESSAGE:
                kind = field.type_name.removeprefix(".")
                todo.append(kind)
            if kind is None:
                sys.exit(f"{name}.{field.name}: type {field.type} is not known to this tool")
            repeated = field.label == field.LABEL_REPEATED
            fields.append([field.name, field.number, kind, repeated])
        facts[name] = fields
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(facts[name])}" for name in sorted(facts))
    TARGET.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    print(f"{len(facts)} messages in {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
