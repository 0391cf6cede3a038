#!/usr/bin/env python3
"""Builds the Debian package from [package.metadata.deb] of Cargo.toml, with dpkg-deb.

The table is that of cargo-deb, which may be used in its place; this needs no more than dpkg-dev and
Python 3.11. What `gazetted generate` writes (man pages, completions) is made by the binary itself.

  contrib/debian/build.py                          builds the profile `dist` first
  contrib/debian/build.py --binary target/debug/gazetted --revision 2
"""

import argparse
import glob
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from email.utils import formatdate
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")


def run(*words, **more):
    """Runs a command and returns what it prints."""
    done = subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True, **more)
    return done.stdout.strip()


def changed_at():
    """Seconds since 1970 that all files of the package carry: of the last commit, so that it is the same each time."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if told:
        return int(told)
    try:
        return int(run("git", "-C", ROOT, "log", "-1", "--format=%ct"))
    except (subprocess.CalledProcessError, FileNotFoundError, ValueError):
        return int((ROOT / "Cargo.toml").stat().st_mtime)


def install(source, target, mode):
    """Copies a file; man pages and changelogs are compressed, programs stripped."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if "/man/" in str(target) or target.name.startswith("changelog"):
        target = target.with_name(target.name + ".gz")
        with gzip.GzipFile(target, "wb", compresslevel=9, mtime=0) as packed:
            packed.write(source.read_bytes())
    else:
        shutil.copyfile(source, target)
    os.chmod(target, mode)
    if "/bin/" in str(target):
        run("strip", "--strip-unneeded", "--remove-section=.comment", target)


def assets(about, binary, generated, stage):
    """Puts the files of `assets` where they belong."""
    for source, target, mode in about["assets"]:
        if source == "target/release/gazetted":
            paths = [str(binary)]
        elif source.startswith("target/generated/"):
            paths = glob.glob(str(generated / source.removeprefix("target/generated/")))
        else:
            paths = glob.glob(str(ROOT / source))
        if not paths:
            sys.exit(f"{source}: there is no such file")
        for path in sorted(paths):
            place = stage / target
            place = place / Path(path).name if target.endswith("/") else place
            install(Path(path), place, int(mode, 8))


def libraries(binary):
    """Packages whose libraries the program needs, with versions."""
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder) / "debian/control"
        control.parent.mkdir()
        control.write_text("Source: gazetted\n\nPackage: gazetted\nArchitecture: any\n")
        words = run("dpkg-shlibdeps", "-O", f"-e{Path(binary).resolve()}", cwd=folder, stderr=subprocess.DEVNULL)
    return words.removeprefix("shlibs:Depends=")


def control(about, package, version, stage, binary):
    """Writes DEBIAN/: control, conffiles, checksums, scripts."""
    meta = stage / "DEBIAN"
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    kilobytes = sum((path.stat().st_size + 1023) // 1024 for path in files) + len(files)
    depends = about["depends"].replace("$auto", libraries(binary))
    description = package["description"] + "\n"
    for line in about["extended-description"].strip().splitlines():
        description += f" {line}\n" if line.strip() else " .\n"
    fields = {
        "Package": package["name"],
        "Version": version,
        "Architecture": run("dpkg", "--print-architecture"),
        "Maintainer": about["maintainer"],
        "Installed-Size": str(kilobytes),
        "Depends": depends,
        "Recommends": about["recommends"],
        "Section": about["section"],
        "Priority": about["priority"],
        "Description": description.rstrip("\n"),
    }
    sums = "".join(
        f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(stage)}\n"
        for path in files
        if f"/{path.relative_to(stage)}" not in about["conf-files"]
    )
    meta.mkdir()
    (meta / "control").write_text("".join(f"{key}: {value}\n" for key, value in fields.items()))
    (meta / "conffiles").write_text("".join(f"{path}\n" for path in about["conf-files"]))
    (meta / "md5sums").write_text(sums)
    for name in SCRIPTS:
        script = ROOT / about["maintainer-scripts"] / name
        if script.exists():
            shutil.copyfile(script, meta / name)
            os.chmod(meta / name, 0o755)
    return kilobytes


def changelog(package, version, maintainer, at, folder):
    """Writes the changelog of the package; what is new in the program is in CHANGELOG.md beside it."""
    path = folder / "changelog.Debian"
    path.write_text(
        f"{package['name']} ({version}) unstable; urgency=medium\n\n"
        f"  * Release {package['version']}; see changelog.gz.\n\n"
        f" -- {maintainer}  {formatdate(at)}\n"
    )
    return path


def main():
    """Builds the package and prints where it is, and its size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, help="the program [default: that of `cargo build --profile dist`]")
    parser.add_argument("--revision", default="1", help="the revision of the package [default: 1]")
    parser.add_argument("--fast", action="store_true", help="pack it less tightly: for tests")
    parser.add_argument("--out", type=Path, default=ROOT / "target/debian", help="the folder to write it to")
    arguments = parser.parse_args()
    with open(ROOT / "Cargo.toml", "rb") as file:
        package = tomllib.load(file)["package"]
    about = package["metadata"]["deb"]
    version = f"{package['version']}-{arguments.revision}"
    binary = arguments.binary
    if binary is None:
        subprocess.run(["cargo", "build", "--profile", "dist", "--locked"], cwd=ROOT, check=True)
        binary = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "dist/gazetted"
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        stage, generated = folder / "root", folder / "generated"
        run(binary.resolve(), "generate", generated)
        assets(about, binary, generated, stage)
        documents = stage / "usr/share/doc" / package["name"]
        at = changed_at()
        install(changelog(package, version, about["maintainer"], at, folder), documents / "changelog.Debian", 0o644)
        install(ROOT / "CHANGELOG.md", documents / "changelog", 0o644)
        kilobytes = control(about, package, version, stage, stage / "usr/bin" / package["name"])
        for path in stage.rglob("*"):
            os.utime(path, (at, at), follow_symlinks=False)
        arguments.out.mkdir(parents=True, exist_ok=True)
        deb = arguments.out / f"{package['name']}_{version}_{run('dpkg', '--print-architecture')}.deb"
        run("dpkg-deb", "--root-owner-group", *(["-Zgzip", "-z1"] if arguments.fast else ["-Zxz"]), "--build", stage, deb, env={**os.environ, "SOURCE_DATE_EPOCH": str(at)})
    print(f"{deb}: {deb.stat().st_size / 1e6:.1f} MB, {kilobytes / 1000:.1f} MB installed")


if __name__ == "__main__":
    main()
