from mufakat.node.home import Home


def test_everything_of_a_node_is_in_its_folder(tmp_path):
    home = Home(tmp_path)
    assert {path.parent for path in (home.journal, home.views, home.vault, home.keys, home.out)} == {tmp_path}
