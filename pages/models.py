"""The models: what drafts here, and what was measured of it."""

from dashboard.components import models_view

models_view.show()
