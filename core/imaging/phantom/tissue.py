"""Linear attenuation coefficients of the phantom's tissues.

A chest exposure at 120 kV behind 3 mm aluminium acts on the body much like one photon energy near
60 keV. Mass attenuation coefficients (cm2/g) at 60 keV are those of Hubbell and Seltzer, NISTIR
5632 (NIST XCOM), tables 2 and 4; compositions and densities (g/cm3) those of ICRU Report 44.
Values below are per millimetre, so that they multiply path lengths in millimetres.
"""

from __future__ import annotations

from typing import Final


def _per_mm(mass_attenuation_cm2_g: float, density_g_cm3: float) -> float:
    return mass_attenuation_cm2_g * density_g_cm3 / 10.0


AIR: Final = 0.0
ADIPOSE: Final = _per_mm(0.1974, 0.95)
MUSCLE: Final = _per_mm(0.2048, 1.05)
BLOOD: Final = _per_mm(0.2057, 1.06)
BREAST: Final = _per_mm(0.1990, 0.98)
# Transudate and exudate lie within 3 % of water: the film cannot tell them apart.
PLEURAL_FLUID: Final = _per_mm(0.2059, 1.02)
CORTICAL_BONE: Final = _per_mm(0.3148, 1.92)
# Spongiosa of a rib: about one part bone to three of red marrow, by volume.
SPONGY_BONE: Final = 0.26 * CORTICAL_BONE + 0.74 * _per_mm(0.2040, 1.03)
# Full inspiration. The bead tree of vessels comes on top of it.
LUNG: Final = _per_mm(0.2053, 0.20)
LEAD_MARKER: Final = 5.0
