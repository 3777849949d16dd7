from tests.nodes.api.conftest import rig

__all__ = ["rig"]
