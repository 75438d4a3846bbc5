"""Corpus: what a model is taught from."""

from dashboard.components.corpus import view
from dashboard.workspace import workspace

view.show(workspace())
