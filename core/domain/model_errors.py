"""Errors of models that write; part of the tree in :mod:`core.domain.errors`."""

from __future__ import annotations

from core.domain.errors import N_, ModelError, ModelUnavailableError


class CheckpointRefusedError(ModelUnavailableError):
    """The files of a model are there and cannot be used; ``reason`` says which and why."""

    code = "checkpoint_refused"
    sentence = N_("The files of the model {model} cannot be used: {reason}.")
    remedy = N_("Fetch the model again, or name the folder of a complete one.")


class DownloadError(ModelUnavailableError):
    code = "download_failed"
    sentence = N_("The model {model} could not be fetched: {reason}.")
    remedy = N_("Try again with a network, or name a folder that holds the model.")


class ModelMemoryError(ModelError):
    code = "out_of_memory"
    sentence = N_("Memory ran out while the model {model} was at work.")
    remedy = N_("Choose a smaller model or a lower precision, or write the report by hand.")


class ModelTimeoutError(ModelError):
    code = "model_timeout"
    sentence = N_("The model {model} did not finish within {seconds} seconds.")
    remedy = N_("Try again, or write the report by hand.")


class RemoteModelError(ModelError):
    """``reason`` holds nothing that the other side wrote: it could carry a prompt or a key."""

    code = "remote_model_failed"
    sentence = N_("The model server {model} could not answer: {reason}.")
    remedy = N_("Try again later, or choose a model that runs on this machine.")


class RemoteModelOffError(RemoteModelError):
    code = "remote_model_off"
    sentence = N_("Nothing may leave this machine: remote models are switched off.")
    remedy = N_("Choose a model that runs on this machine.")


class RemoteConsentError(RemoteModelError):
    """Nobody has seen what this server would be sent, and agreed."""

    code = "remote_consent_missing"
    sentence = N_("Nothing was sent to {server}: no reader has agreed to it yet.")
    remedy = N_("Look at what leaves this machine and agree, or choose a model that runs here.")


class VersionRefusedError(ModelError):
    """A version that cannot be made active; what was active stays."""

    code = "version_refused"
    sentence = N_("The version {version} cannot be made active: {reason}.")
    remedy = N_("Compare it with the active version on frozen patients; the active one stays.")


class CalibrationRefusedError(ModelError):
    code = "calibration_refused"
    sentence = N_("The model {model} cannot be calibrated to this site: {reason}.")
    remedy = N_("Sign more reports that may be used for training, and try again.")
