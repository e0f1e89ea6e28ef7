"""Run configs: where and how the runs of a flow are executed.

A flow carries one (`flow.run_config = KubernetesRun(cpu_request=2)`); the agent of that type takes its runs, if the
agent has all labels of the run config.
"""

from castra.run_configs.base import RunConfig
from castra.run_configs.docker import DockerRun
from castra.run_configs.ecs import ECSRun
from castra.run_configs.kubernetes import KubernetesRun
from castra.run_configs.local import LocalRun
from castra.run_configs.universal import UniversalRun
from castra.run_configs.vertex import VertexRun

__all__ = ["DockerRun", "ECSRun", "KubernetesRun", "LocalRun", "RunConfig", "UniversalRun", "VertexRun"]
