"""Storages: where the code of flows is kept, and found again by the process of a run."""

from castra.storage.azure import Azure
from castra.storage.base import Storage
from castra.storage.bitbucket import Bitbucket
from castra.storage.codecommit import CodeCommit
from castra.storage.docker import Docker
from castra.storage.gcs import GCS
from castra.storage.git import Git
from castra.storage.github import GitHub
from castra.storage.gitlab import GitLab
from castra.storage.local import Local
from castra.storage.module import Module
from castra.storage.s3 import S3
from castra.storage.webhook import Webhook

__all__ = [
    "Azure",
    "Bitbucket",
    "CodeCommit",
    "Docker",
    "GCS",
    "Git",
    "GitHub",
    "GitLab",
    "Local",
    "Module",
    "S3",
    "Storage",
    "Webhook",
]
