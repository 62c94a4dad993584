"""What pydantic finds wrong with a YAML file is told by file, line and key, in both languages."""

from typing import Literal, Self

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data_contracts.problem import Fault
from data_contracts.text import Text
from data_contracts.yaml_faults import faults_of, refusal
from data_contracts.yaml_file import parse_yaml


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Supplier(Part):
    supplier: str = Field(min_length=1)
    datasets: list[str] = []

    @model_validator(mode="after")
    def _volume_first(self) -> Self:
        if self.datasets and self.datasets[0] != "volume":
            raise refusal(self.datasets[0], expected=Text(en="volume first", nl="volume eerst"), at="datasets")
        return self


class Region(Part):
    name: Text
    base_year: int = Field(ge=1990, alias="year")
    country: Literal["NL", "BE"] = "NL"
    invented: bool = False
    suppliers: list[Supplier | str] = Field(default=[], max_length=3)


def faults(text: str) -> list[Fault]:
    document = parse_yaml(text, source="region.yaml")
    with pytest.raises(ValidationError) as caught:
        Region.model_validate(document.content)
    return faults_of(caught.value, document, model=Region)


@pytest.mark.parametrize(
    ("text", "en", "nl"),
    [
        (
            "name: x\nyear: 2025\ncountrie: NL\n",
            (
                "region.yaml:3: countrie: found the unknown key 'countrie'; expected one of name, year, "
                "country, invented, suppliers. Did you mean 'country'?"
            ),
            (
                "region.yaml:3: countrie: gevonden de onbekende sleutel 'countrie'; verwacht een van name, year, "
                "country, invented, suppliers. Bedoelt u 'country'?"
            ),
        ),
        (
            "name: x\n",
            "region.yaml:1: year: found no year; expected a line that starts with 'year:'. Add year.",
            "region.yaml:1: year: gevonden geen year; verwacht een regel die begint met 'year:'. Voeg year toe.",
        ),
        (
            "name: x\nyear: 1066\n",
            "region.yaml:2: year: found 1066, read as a whole number; expected at least 1990. Correct the value.",
            (
                "region.yaml:2: year: gevonden 1066, gelezen als een geheel getal; verwacht ten minste 1990. "
                "Verbeter de waarde."
            ),
        ),
        (
            "name: x\nyear: 2025\ncountry: no\n",
            "region.yaml:3: country: found False, read as yes or no; expected one of 'NL' or 'BE'. Correct the value.",
            (
                "region.yaml:3: country: gevonden False, gelezen als ja of nee; verwacht een van 'NL' of 'BE'. "
                "Verbeter de waarde."
            ),
        ),
        (
            "name: {en: x, nll: y}\nyear: 2025\n",
            "region.yaml:1: name.nll: found the unknown key 'nll'; expected one of en, nl. Did you mean 'nl'?",
            "region.yaml:1: name.nll: gevonden de onbekende sleutel 'nll'; verwacht een van en, nl. Bedoelt u 'nl'?",
        ),
        (
            "name: ''\nyear: 2025\n",
            "region.yaml:1: name: found ''; expected a text that is not empty. Correct the value.",
            "region.yaml:1: name: gevonden ''; verwacht een tekst die niet leeg is. Verbeter de waarde.",
        ),
        (
            "name: x\nyear: 2025\nsuppliers:\n  - supplier: a\n    datasets:\n      - revenue\n",
            "region.yaml:5: suppliers.0.datasets: found revenue; expected volume first. Correct the value.",
            "region.yaml:5: suppliers.0.datasets: gevonden revenue; verwacht volume eerst. Verbeter de waarde.",
        ),
    ],
)
def test_a_fault_is_told_with_its_place_in_both_languages(text: str, en: str, nl: str) -> None:
    found = {fault.sentence(): fault.sentence("nl") for fault in faults(text)}
    assert found[en] == nl


def test_a_text_that_yaml_read_as_a_number_is_put_between_quotes() -> None:
    told = faults("name: x\nyear: 2025\nsuppliers: [{supplier: 06010101}]\n")
    one = next(fault for fault in told if fault.key == "suppliers.0.supplier")
    assert str(one.found) == "1577025, read as a whole number"
    assert '"06011101"' in str(one.action)


def test_one_plain_text_stands_for_both_languages() -> None:
    region = Region.model_validate({"name": "Proef", "year": 2025})
    assert region.name == Text(en="Proef", nl="Proef")
    assert region.model_dump()["name"] == {"en": "Proef", "nl": "Proef"}
    assert Region.model_json_schema()["properties"]["name"]["anyOf"][0] == {"type": "string", "minLength": 1}


def test_a_word_that_comes_near_one_that_may_stand_is_told_that_word() -> None:
    class Ruled(BaseModel):
        rule: Literal["shapley", "keep_whole"]

    document = parse_yaml("rule: shaply\n", source="a.yaml")
    with pytest.raises(ValidationError) as caught:
        Ruled.model_validate(document.content)
    (fault,) = faults_of(caught.value, document, model=Ruled)
    assert fault.said("en")["action"] == "did you mean 'shapley'?"
    assert fault.said("nl")["action"] == "bedoelt u 'shapley'?"
