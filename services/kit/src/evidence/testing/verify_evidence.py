"""Proves a package of evidence with nothing of Yinxin: Python's standard library and openssl.

usage: python3 verify_evidence.py PACKAGE.zip yinxin-trust.json

Checks the digests of the manifest, the officer's signature over it (CMS, ES256), that the officer is in the pinned first
policy, the log's Ed25519 signature under the checkpoint, and that every event is under it (RFC 9162, section 2.1.1).
"""

import base64, datetime, hashlib, json, subprocess, sys, tempfile, zipfile
from pathlib import Path


def openssl(*args):
    return subprocess.run(["openssl", *args], capture_output=True)


def need(condition, why):
    if not condition:
        sys.exit(why)


def root_of(size, indexes, leaves, proof):
    """The tree's root from these leaves and the hashes of the subtrees that hold none of them."""
    places, hashes = dict(zip(indexes, leaves)), iter(proof)

    def visit(start, end):
        if not any(start <= index < end for index in indexes):
            return next(hashes)
        if end - start == 1:
            return hashlib.sha256(b"\0" + places[start]).digest()
        half = 1
        while half * 2 < end - start:
            half *= 2
        return hashlib.sha256(b"\1" + visit(start, start + half) + visit(start + half, end)).digest()

    root = visit(0, size)
    return root if next(hashes, None) is None else None


def main(package, trust_file):
    trust = json.loads(Path(trust_file).read_text())
    archive = zipfile.ZipFile(package)
    members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["manifest.json"])
    with tempfile.TemporaryDirectory() as folder:
        files = lambda name: str(Path(folder) / name)
        write = lambda name, content: Path(files(name)).write_bytes(content)

        listed = {entry["name"] for entry in manifest["files"]}
        need(listed == set(members) - {"manifest.json", "manifest.p7s"}, "the manifest lists other files")
        for entry in manifest["files"]:
            content = members[entry["name"]]
            need(len(content) == entry["size"], "a size is wrong")
            need(hashlib.sha256(content).hexdigest() == entry["sha256"], "a SHA-256 digest is wrong")
            write("member", content)
            sm3 = openssl("dgst", "-sm3", "-r", files("member")).stdout.decode()[:64]
            need(sm3 == entry["sm3"], "an SM3 digest is wrong")

        genesis = base64.b64decode(json.loads(members["officer-policies.json"])["genesis"])
        write("genesis", genesis)
        sm3 = openssl("dgst", "-sm3", "-r", files("genesis")).stdout.decode()[:64]
        need("sm3:" + sm3 == trust["policy_genesis"], "the first policy is not the pinned one")
        officer = [each for each in json.loads(genesis)["officers"] if each["id"] == manifest["made_by"]]
        need(officer and officer[0]["role"] == "auditor", "whoever signed is no auditor")

        write("manifest", members["manifest.json"])
        write("signature", members["manifest.p7s"])
        write("roots.pem", "".join(trust["officer_roots"]).encode())
        made_at = datetime.datetime.fromisoformat(manifest["made_at"].replace("Z", "+00:00"))
        verified = openssl(
            "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", "-attime", str(int(made_at.timestamp())),
            "-in", files("signature"), "-content", files("manifest"), "-CAfile", files("roots.pem"),
            "-signer", files("signer.pem"), "-out", files("content"),
        )  # fmt: skip
        need(verified.returncode == 0, "the manifest's signature is wrong")
        pem = Path(files("signer.pem")).read_text()
        der = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
        need(der == officer[0]["certificate"], "somebody else signed the manifest")

        for service in manifest["services"]:
            base = f"services/{service['name']}/"
            note = members[base + "checkpoint.txt"]
            text, signatures = note.split(b"\n\n", 1)
            origin, size, root = text.decode().split("\n")[:3]
            keys = [line.split(" ")[1] for line in trust["logs"].splitlines() if line.startswith("log " + origin + "+")]
            need(keys, "the trust file has no such log")
            public = base64.b64decode(keys[0].split("+", 2)[2])[1:]
            lines = [line.split(" ")[2] for line in signatures.decode().splitlines() if line.startswith("\u2014 " + origin + " ")]
            write("key", bytes.fromhex("302a300506032b6570032100") + public)
            write("note", text + b"\n")
            write("value", base64.b64decode(lines[0])[4:])
            verified = openssl(
                "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", files("key"),
                "-in", files("note"), "-sigfile", files("value"),
            )  # fmt: skip
            need(verified.returncode == 0, "the checkpoint's signature is wrong")

            leaves = members[base + "events/0001.jsonl"].split(b"\n")[:-1]
            proof = json.loads(members[base + "events/0001.proof.json"])
            indexes = [index for run in proof["runs"] for index in range(*run)]
            need(indexes == [json.loads(leaf)["index"] for leaf in leaves], "an event is of another place")
            found = root_of(int(size), indexes, leaves, [base64.b64decode(each) for each in proof["hashes"]])
            need(found == base64.b64decode(root), "the events do not lead to the root")
            print(f"proved: {len(leaves)} events of {origin}, signed by {manifest['made_by']}")


main(*sys.argv[1:])
