"""Signatures for Lance: the known answers of its specification."""

import numpy as np
import pytest

import dedupe
from dedupe.matching.lance import coefficients, signature, tokens_of, xxh64

MULTIPLIERS = [0xBDD732262FEB6E95, 0x47526757130F9F53, 0x09BC585A244823F3, 0x37E9671C45376D5D]
OFFSETS = [0x28EFE333B266F103, 0x581CE1FF0E4AE394, 0xDE4431FA3C80DB06, 0xCCF635EE9E9E2FA4]
COMPRESSORS = [0x5705B8770B3D7DD5, 0x9E54D738297F77AF, 0x3474724A775B19BF, 0x7E348A0E451650BF]
HASHES = {
    b"the\x1fquick": 0x4C0B0D36203CE55F,
    b"quick\x1fbrown": 0x09C7AE895D82B184,
    b"brown\x1ffox": 0x68E7F4B1BE7B4C1F,
    b"fox": 0x07C0130AB04388D5,
}
SIGNATURES = {
    "The quick brown fox": [0xB00F, 0x59D6, 0x511A, 0xCD2C],
    "Fox": [0x2970, 0xD6DB, 0x65F8, 0xADFC],
}


def test_coefficients_and_hashes_are_those_of_the_specification() -> None:
    assert [values.tolist() for values in coefficients(4)] == [MULTIPLIERS, OFFSETS, COMPRESSORS]
    assert xxh64(list(HASHES)).tolist() == list(HASHES.values())


@pytest.mark.parametrize("text", SIGNATURES)
def test_signatures_are_those_of_the_specification(text: str) -> None:
    assert signature(tokens_of(text), 4, 2).tolist() == SIGNATURES[text]
    (found,) = dedupe.to_lance(text, num_hashes=4, shingle_size=2)
    assert found.tobytes() == b"".join(value.to_bytes(2, "little") for value in SIGNATURES[text])


@pytest.mark.heavy
def test_hashes_of_every_length_are_those_of_xxhash() -> None:
    import xxhash

    values = [bytes((7 * at + length) % 256 for at in range(length)) for length in range(140)]
    assert xxh64(values).tolist() == [xxhash.xxh64_intdigest(value, 42) for value in values]


def test_a_paragraph_without_words_has_no_signature_and_long_words_do_not_count() -> None:
    assert dedupe.to_lance("").shape == (0, 128)
    assert dedupe.to_lance("  \n... --\n").shape == (0, 128)
    several = dedupe.to_lance("The ferry leaves at nine.\n\n***\n\nTHE FERRY, leaves at nine")
    assert several.shape == (2, 128)
    assert several.dtype == np.dtype("<u2")
    assert np.array_equal(*several)
    assert tokens_of(f"ΣΑΣ {'x' * 39} {'y' * 40} {'é' * 20} don't 3½ \ud800") == [
        *("σασ".encode(), b"x" * 39, b"don", b"t", "3½".encode()),
    ]


def test_other_sizes_are_refused() -> None:
    for sizes in ({"num_hashes": 0}, {"num_hashes": 5000}, {"shingle_size": 0}, {"num_hashes": True}):
        with pytest.raises(dedupe.OptionError, match="must be a whole number"):
            dedupe.to_lance("A fox.", **sizes)
    long = " ".join(f"word{number}" for number in range(9000))
    assert dedupe.to_lance(long, num_hashes=8).shape == (1, 8)
