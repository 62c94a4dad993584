"""Every contract is a valid standard file, holds the product page's columns, and explains itself in two languages."""

import hashlib
import json
from collections import Counter
from itertools import chain

import pytest
import yaml
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import OpenDataContractStandard

from data_contracts.contract import (
    DATASETS,
    ContractError,
    DataContract,
    contract_path,
    load_contract,
    load_contracts,
    normalised,
    read_contract,
)
from models.tables import RESULT_TABLES

# As the product page has them, in its order; * is part of the key.
COLUMNS = {
    "providers": "provider_id* name kind postcode municipality latitude longitude annual_revenue_eur annual_margin_eur "
    "until successor_id",
    "payers": "payer_id* name kind annual_revenue_eur",
    "areas": "area* name latitude longitude inhabitants",
    "resources": "resource* name unit is_staff hours_per_fte target_utilisation direct_share step",
    "volume": "provider_id* period* payer_id* specialism* diagnosis* care_product* area* patients units",
    "revenue": "provider_id* period* payer_id* care_product* units revenue_eur",
    "declarations": (
        "declaration_id* provider_id payer_id patient_pseudonym start_date end_date care_type specialism diagnosis "
        "care_product area units amount_eur corrects"
    ),
    "contracts": (
        "provider_id* payer_id* valid_from* valid_to form agreed_amount_eur agreed_growth half_width rate_over "
        "rate_under renewal_pass_through"
    ),
    "capacity": "provider_id* period* resource* available used target_utilisation vacancies_fte",
    "resource_use": "provider_kind* provider_id* specialism* care_product* resource* amount_per_unit",
    "cost_structure": (
        "provider_kind* provider_id* specialism* cost_ratio variable_share semi_fixed_share fixed_share run_off_years"
    ),
    "unit_costs": "provider_id* care_product* unit_cost_eur",
    "list_prices": "provider_id* period* care_product* list_price_eur",
    "waiting_list": "provider_id* period* specialism* patients_waiting wait_days",
    "volume_norms": "norm* name specialism* care_product* minimum_units source",
    "care_products": "care_product* name specialism group reference_price_eur",
    "regional_spending": "area* year* age_class* sex* care_type* insured_years cost_eur",
    "population": "area* year* age_class* inhabitants",
    "realised_transfers": "initiative* period* from_id* to_id* units",
}

# What the model relies on: these hold a value in every row, all other columns may be empty.
REQUIRED = {
    "providers": "provider_id name kind",
    "payers": "payer_id",
    "areas": "area",
    "resources": "resource",
    "volume": "provider_id period units",
    "revenue": "provider_id period",
    "declarations": "declaration_id provider_id units",
    "contracts": "provider_id payer_id valid_from form",
    "capacity": "provider_id period resource",
    "resource_use": "resource amount_per_unit",
    "cost_structure": "cost_ratio variable_share semi_fixed_share fixed_share run_off_years",
    "unit_costs": "provider_id care_product unit_cost_eur",
    "list_prices": "provider_id period care_product list_price_eur",
    "waiting_list": "provider_id period specialism",
    "volume_norms": "norm minimum_units",
    "care_products": "care_product",
    "regional_spending": "area year care_type cost_eur",
    "population": "area year inhabitants",
    "realised_transfers": "initiative period from_id to_id units",
}

TABLES = (
    "provider payer area resource volume revenue declaration contract capacity resource_use cost_structure unit_cost "
    "list_price waiting_list volume_norm care_product regional_spending population realised_transfer"
)

PROVIDER_KINDS = (
    "university_hospital top_clinical_hospital general_hospital independent_treatment_centre gp_organisation "
    "gp_practice out_of_hours_gp diagnostic_laboratory elderly_care maternity_care other"
)

MEASURES = (
    "revenue_change_eur spend_change_eur avoided_cost_eur stranded_cost_eur incremental_cost_eur support_cost_eur "
    "transition_cost_eur backfill_revenue_eur margin_change_eur present_value_eur patient_km_change "
    "shortage_probability_after"
)

each_contract = pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda contract: contract.dataset)


def test_every_file_is_a_documented_dataset() -> None:
    files = {path.name for path in contract_path("volume").parent.glob("*.odcs.yaml")}
    assert files == {f"{dataset}.odcs.yaml" for dataset in DATASETS}
    assert tuple(load_contracts()) == DATASETS == tuple(COLUMNS)
    assert [contract.table for contract in load_contracts().values()] == TABLES.split()


@each_contract
def test_is_valid_by_the_standards_own_schema(contract: DataContract) -> None:
    document = yaml.safe_load(contract_path(contract.dataset).read_text(encoding="utf-8"))
    faults = Draft201909Validator(json.loads(OpenDataContractStandard.json_schema())).iter_errors(document)
    assert [f"{fault.json_path}: {fault.message}" for fault in faults] == []
    assert document["schema"][0]["name"] == contract.dataset
    assert document["id"] == f"care-transfer-{contract.dataset.replace('_', '-')}"


@each_contract
def test_has_the_columns_of_the_product_page(contract: DataContract) -> None:
    expected = COLUMNS[contract.dataset].split()
    assert [column.name for column in contract.columns] == [name.rstrip("*") for name in expected]
    assert list(contract.key) == [name.rstrip("*") for name in expected if name.endswith("*")]
    assert contract.has_period == ("period*" in expected)


@each_contract
def test_only_these_columns_must_be_filled(contract: DataContract) -> None:
    assert [column.name for column in contract.columns if column.required] == REQUIRED[contract.dataset].split()


@each_contract
def test_everything_is_explained_in_both_languages(contract: DataContract) -> None:
    texts = [contract.grain, contract.description]
    texts += [column.description for column in contract.columns] + [rule.message for rule in contract.rules]
    for text in texts:
        assert len(text.en) > 10
        assert len(text.nl) > 10
        assert text.en != text.nl
    labels = [allowed.label for column in contract.columns for allowed in column.allowed]
    assert all(label.en and label.nl for label in labels)


@each_contract
def test_a_message_says_what_is_wrong_and_what_to_do(contract: DataContract) -> None:
    for rule in contract.rules:
        assert min(rule.message.en.count(". "), rule.message.nl.count(". ")) >= 1, rule.name


@each_contract
def test_no_heading_means_two_columns(contract: DataContract) -> None:
    names = Counter(normalised(name) for c in contract.columns for name in (c.name, *c.aliases))
    assert [name for name, times in names.items() if times > 1] == []
    assert all(contract.for_heading(name) == c for c in contract.columns for name in (c.name, *c.aliases))


@each_contract
def test_every_column_has_a_dutch_alias(contract: DataContract) -> None:
    assert [column.name for column in contract.columns if not column.aliases] == []


@each_contract
def test_what_a_missing_column_spoils_exists(contract: DataContract) -> None:
    known = {*RESULT_TABLES, *MEASURES.split(), "progress"}
    assert set(chain.from_iterable(column.required_for for column in contract.columns)) <= known


@each_contract
def test_a_reference_leads_to_a_key(contract: DataContract) -> None:
    for column in contract.columns:
        if column.references:
            dataset, _, name = column.references.partition(".")
            assert load_contract(dataset).column(name).key
            assert load_contract(dataset).column(name).code_length == column.code_length


def test_a_column_is_the_same_thing_in_every_dataset() -> None:
    meanings: dict[str, set[tuple[object, ...]]] = {}
    for column in chain.from_iterable(contract.columns for contract in load_contracts().values()):
        shape = (column.kind, column.code_length, column.maximum, column.allowed)
        meanings.setdefault(column.name, set()).add(shape)
    assert {name for name, shapes in meanings.items() if len(shapes) > 1} == {"kind"}  # of a provider, of a payer


def test_lost_zeros_are_restored_only_where_a_code_has_a_length() -> None:
    lengths = {c.name: c.code_length for k in load_contracts().values() for c in k.columns if c.code_length}
    assert lengths == {
        "provider_id": 8, "payer_id": 4, "specialism": 4, "care_product": 9, "from_id": 8, "to_id": 8,
        "successor_id": 8,
    }  # fmt: skip


def test_provider_kinds_and_contract_forms_have_dutch_names() -> None:
    kind = load_contract("providers").column("kind")
    assert [allowed.value for allowed in kind.allowed] == PROVIDER_KINDS.split()
    assert load_contract("resource_use").column("provider_kind").allowed == kind.allowed
    assert load_contract("cost_structure").column("provider_kind").allowed == kind.allowed
    forms = {allowed.value: allowed.label.nl for allowed in load_contract("contracts").column("form").allowed}
    assert forms == {
        "fee_for_service": "PxQ (prijs maal volume)",
        "ceiling": "omzetplafond",
        "lump_sum": "aanneemsom",
        "corridor": "aanneemsom met bandbreedte",
        "capitation": "inschrijftarief of abonnement",
    }


def test_a_value_is_recognised_by_its_dutch_name() -> None:
    kind = load_contract("providers").column("kind")
    assert kind.allowed_value("Algemeen Ziekenhuis") == "general_hospital"
    assert kind.allowed_value("general hospital") == "general_hospital"
    assert kind.allowed_value("GENERAL_HOSPITAL") == "general_hospital"
    assert kind.allowed_value("kasteel") is None


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("AGB-code", "provider_id"),
        ("Zorgaanbieder", "provider_id"),
        ("UZOVI", "payer_id"),
        ("Zorgverzekeraar", "payer_id"),
        ("BEHANDELEND_SPECIALISME_CD", "specialism"),
        ("Diagnose", "diagnosis"),
        ("zorgproduct", "care_product"),
        (" Patiënten ", "patients"),
        ("AANTAL PATIENTEN", "patients"),
        ("Aantal", "units"),
        ("Jaar", "period"),
        ("Postcode", "area"),
        ("PC4", "area"),
        ("opmerking", None),
    ],
)
def test_publishers_headings_are_understood(heading: str, column: str | None) -> None:
    found = load_contract("volume").for_heading(heading)
    assert (found.name if found else None) == column


def test_money_headings_are_understood() -> None:
    for heading in ("omzet", "Bedrag", "Omzet (EUR)"):
        found = load_contract("revenue").for_heading(heading)
        assert found is not None
        assert found.name == "revenue_eur"


def test_classification_follows_whose_secret_it_is() -> None:
    classes = {(k.dataset, c.name): c.classification for k in load_contracts().values() for c in k.columns}
    assert [name for name, found in classes.items() if found == "personal"] == [("declarations", "patient_pseudonym")]
    assert classes["volume", "units"] == classes["revenue", "revenue_eur"] == "confidential"
    assert classes["unit_costs", "unit_cost_eur"] == classes["contracts", "agreed_amount_eur"] == "confidential"
    for dataset in ("providers", "payers", "areas", "resources", "volume_norms", "care_products", "population"):
        assert {found for (owner, _), found in classes.items() if owner == dataset} == {"public"}


def test_fingerprint_is_that_of_the_file() -> None:
    content = contract_path("volume").read_bytes()
    assert load_contract("volume").fingerprint == hashlib.sha256(content).hexdigest()


def test_a_contract_is_read_once() -> None:
    assert load_contract("volume") is load_contract("volume")
    assert hash(load_contract("volume"))


def test_an_unknown_dataset_is_told_which_there_are() -> None:
    with pytest.raises(
        ContractError,
        match=r"the dataset 'volumes'\nexpected: one of providers, .*volume, .*\nwhat to do: did you mean 'volume'",
    ):
        load_contract("volumes")
    with pytest.raises(
        ContractError,
        match=r"the column 'unit' of volume\nexpected: one of provider_id, .*\nwhat to do: did you mean 'units'",
    ):
        load_contract("volume").column("unit")


@pytest.mark.parametrize(
    ("found", "replacement", "message"),
    [
        ("severity: warn", "severity: fatal", "'fatal' is not one of refuse_row, refuse_file, warn"),
        ("physicalName: volume", "physicalName: ''", "physicalName is missing"),
        ("property: descriptionNl", "property: beschrijving", "descriptionNl"),
        ("value: period}", "value: money}", "period: kind money is a number, not a string"),
        ("WHERE patients", "patients", "rule patients_within_units: the query must start with"),
        ("status: active", "statuss: active", "statuss"),
    ],
)
def test_a_faulty_file_is_refused_with_its_fault(tmp_path, found: str, replacement: str, message: str) -> None:
    text = contract_path("volume").read_text(encoding="utf-8")
    assert found in text
    path = tmp_path / "volume.odcs.yaml"
    path.write_text(text.replace(found, replacement), encoding="utf-8")
    with pytest.raises(ContractError) as refused:
        read_contract(path)
    assert str(refused.value).startswith("volume.odcs.yaml:\nfound: a fault: ")
    assert message in str(refused.value)
    assert "correct the file" in str(refused.value)
