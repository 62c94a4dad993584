"""Names under which people write a specialism, read from `specialisms.yaml`: the only list of them."""

from functools import cache
from pathlib import Path

from data_contracts.contract import normalised, unusable
from data_contracts.text import Text
from data_contracts.yaml_file import YamlProblem, read_yaml

SPECIALISMS_FILE = Path(__file__).with_name("specialisms.yaml")


@cache
def code_by_name() -> dict[str, str]:
    """Returns the code of every name that is known, names without case, accents, spaces and signs.

    Raises:
        ContractError: the list cannot be used.
    """
    try:
        content = read_yaml(SPECIALISMS_FILE, source=SPECIALISMS_FILE.name).content["specialisms"]
        return {
            normalised(name): code
            for code, languages in content.items()
            for names in languages.values()
            for name in names
        }
    except (KeyError, TypeError, AttributeError, YamlProblem) as fault:
        expected = Text(en="names by code and language", nl="namen per code en taal")
        raise unusable(SPECIALISMS_FILE.name, fault, expected=expected) from fault


@cache
def specialism_names() -> dict[str, Text]:
    """Returns the name of every specialism that is known, by its code."""
    content = read_yaml(SPECIALISMS_FILE, source=SPECIALISMS_FILE.name).content["specialisms"]
    return {code: Text(**{language: names[0] for language, names in own.items()}) for code, own in content.items()}
