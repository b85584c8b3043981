"""Support vector machines, linear and by kernels."""

from .linear_svc import LinearSVC
from .linear_svr import LinearSVR
from .svc import SVC
from .svr import SVR

__all__ = ["SVC", "SVR", "LinearSVC", "LinearSVR"]
