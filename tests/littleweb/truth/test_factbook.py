"""The rules against the Factbook's faults, each on a string that its data really holds."""

import pytest

from course_utils.littleweb.truth import factbook


@pytest.mark.parametrize(
    ("rule", "text", "values"),
    [
        (
            factbook.capital,
            "Benin City (old); Lagos (seat of government)",
            ["Benin City", "Lagos"],
        ),
        (factbook.capital, "no official capital; offices elsewhere", []),
        (factbook.language, "English only (official) 78.2%, Spanish 13.4%", ["English"]),
        (factbook.language, "24 language groups, other (Fang (official)), Wolof 3%", ["Wolof"]),
        (factbook.language, "isiZulu or Zulu (official) 25%", ["isiZulu", "Zulu"]),
        (factbook.language, "Spanish (official), Basque (official in the north)", ["Spanish"]),
        (factbook.currency, "British pounds per US dollar:0.782 (2024 est.)", []),
        (factbook.currency, "togrog/tugriks (MNT) per US dollar -", ["togrog", "tugriks"]),
        (factbook.currency, "note:uses the euro", ["euros"]),
        (factbook.highest_point, "250 m SW of the summit, 383 m", []),
        (
            factbook.highest_point,
            "Fako on Mont Cameroun 4,045 m",
            ["Fako on Mont Cameroun", "Fako"],
        ),
        (factbook.nationality, "Swati; note - former term, Swazi, still used", ["Swati"]),
    ],
)
def test_a_rule_reads_what_the_data_really_holds(rule, text, values):
    assert rule(text) == values
