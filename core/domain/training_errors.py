"""Errors of corpora, fine-tuning and evaluation; part of the tree in :mod:`core.domain.errors`."""

from __future__ import annotations

from core.domain.errors import N_, TrainingError


class CorpusError(TrainingError):
    """The source or the folder of a corpus cannot be used; ``reason`` says which part and why."""

    code = "corpus_refused"
    sentence = N_("The corpus cannot be used: {reason}.")
    remedy = N_("Check the folder, or import the corpus again.")


class RecipeError(TrainingError):
    """Fields of a recipe that contradict each other, or this machine."""

    code = "recipe_refused"
    sentence = N_("The recipe cannot be used: {reason}.")
    remedy = N_("Change the recipe and start again.")


class RunError(TrainingError):
    """A training run cannot start, go on or be registered."""

    code = "run_failed"
    sentence = N_("The training run cannot go on: {reason}.")
    remedy = N_("Put this right and resume the run; its last checkpoint is kept.")


class EvaluationError(TrainingError):
    code = "evaluation_failed"
    sentence = N_("The evaluation cannot go on: {reason}.")
    remedy = N_("Put this right and start it again; texts that were written are kept.")
