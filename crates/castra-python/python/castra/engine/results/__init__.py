"""Results that are kept beyond the process that made them."""

from castra._lazy import TYPE_CHECKING, lazy

_NAMES = {
    "AzureResult": "castra.engine.results.azure_result",
    "GCSResult": "castra.engine.results.gcs_result",
    "LocalResult": "castra.engine.results.local_result",
    "PrefectResult": "castra.engine.results.prefect_result",
    "S3Result": "castra.engine.results.s3_result",
}

__all__ = [*_NAMES]

if TYPE_CHECKING:
    from castra.engine.results.azure_result import AzureResult as AzureResult
    from castra.engine.results.gcs_result import GCSResult as GCSResult
    from castra.engine.results.local_result import LocalResult as LocalResult
    from castra.engine.results.prefect_result import PrefectResult as PrefectResult
    from castra.engine.results.s3_result import S3Result as S3Result
else:
    __getattr__ = lazy(__name__, _NAMES)
