"""The texts that were written and labelled apart from this project, and never used for training."""

from benchmarks.quality import apart
from dedupe._score import Score


def test_nothing_goes_wrongly_and_most_of_what_should_go_goes() -> None:
    outcomes = apart()
    score = sum((one for one, _ in outcomes), Score())
    assert len(outcomes) >= 100
    assert 3 * sum(negative for _, negative in outcomes) >= len(outcomes)
    assert score.wrong == 0
    assert score.recall >= 0.75
