"""The words of a report on a delivery, in both languages."""

from data_contracts.text import Language, Text

TEXTS = {
    "title": Text(en="What became of your delivery", nl="Wat er van uw levering is geworden"),
    "in_english": Text(en="Read this in English", nl="Read this in English"),
    "in_dutch": Text(en="Lees dit in het Nederlands", nl="Lees dit in het Nederlands"),
    "all_counts": Text(en="All {rows} rows count.", nl="Alle {rows} rijen tellen mee."),
    "part_counts": Text(
        en="{accepted} of {rows} rows count, {rejected} were refused.",
        nl="{accepted} van de {rows} rijen tellen mee, {rejected} zijn geweigerd.",
    ),
    "none_counts": Text(
        en="Nothing of this file counts. What was delivered before it still does.",
        nl="Niets van dit bestand telt mee. Wat eerder is geleverd telt nog wel.",
    ),
    "some_odd": Text(
        en="{number} things look odd; see below whether they are right.",
        nl="{number} dingen vallen op; ga hieronder na of ze kloppen.",
    ),
    "one_odd": Text(
        en="One thing looks odd; see below whether it is right.", nl="Eén ding valt op; ga hieronder na of het klopt."
    ),
    "mend": Text(en="How to mend it", nl="Hoe u het herstelt"),
    "mend_rows": Text(
        en="Open {workbook}, correct the coloured cells on the sheet '{sheet}' (change nothing else), save that "
        "workbook as {correction}.xlsx and send it in like this file. Its rows are then added to those that were "
        "accepted. Or send the whole file again, corrected: it then takes the place of this one.",
        nl="Open {workbook}, verbeter de gekleurde cellen op het blad '{sheet}' (verander verder niets), bewaar die "
        "werkmap als {correction}.xlsx en stuur hem in zoals dit bestand. De rijen komen dan bij de rijen die zijn "
        "geaccepteerd. Of stuur het hele bestand verbeterd opnieuw: dat komt dan in de plaats van dit bestand.",
    ),
    "mend_file": Text(en="Send the whole file again, corrected.", nl="Stuur het hele bestand verbeterd opnieuw."),
    "file": Text(en="File", nl="Bestand"),
    "supplier": Text(en="Supplier", nl="Leverancier"),
    "period": Text(en="Period", nl="Periode"),
    "dataset": Text(en="Dataset", nl="Dataset"),
    "format": Text(en="Read as", nl="Gelezen als"),
    "received": Text(en="Received (UTC)", nl="Ontvangen (UTC)"),
    "rows": Text(en="Rows delivered", nl="Rijen geleverd"),
    "read": Text(en="Rows in the file", nl="Rijen in het bestand"),
    "left_out": Text(en="Rows left out, for the reasons below", nl="Rijen weggelaten, om de redenen hieronder"),
    "together": Text(en="Rows put together with another", nl="Rijen samengevoegd met een andere"),
    "made": Text(en="Rows made of the others", nl="Rijen gemaakt van de andere"),
    "accepted": Text(en="Rows accepted", nl="Rijen geaccepteerd"),
    "rejected": Text(en="Rows refused", nl="Rijen geweigerd"),
    "grade": Text(en="Grade", nl="Beoordeling"),
    "grade_A": Text(en="A: nothing to remark", nl="A: niets op te merken"),
    "grade_B": Text(
        en="B: a few rows refused (at most one in a thousand), or something looks odd",
        nl="B: een enkele rij geweigerd (hoogstens één op de duizend), of er valt iets op",
    ),
    "grade_C": Text(
        en="C: more than one row in a thousand refused, or a column that results need is missing",
        nl="C: meer dan één op de duizend rijen geweigerd, of een kolom ontbreekt die uitkomsten nodig hebben",
    ),
    "grade_D": Text(
        en="D: more than two rows in a hundred refused", nl="D: meer dan twee op de honderd rijen geweigerd"
    ),
    "grade_E": Text(en="E: nothing of it counts", nl="E: niets ervan telt mee"),
    "facts": Text(en="What was read", nl="Wat is gelezen"),
    "refused": Text(en="This file was refused", nl="Dit bestand is geweigerd"),
    "reasons": Text(en="Refused rows", nl="Geweigerde rijen"),
    "by_rule": Text(en="Refused rows by reason", nl="Geweigerde rijen per reden"),
    "warnings": Text(en="Accepted, but odd", nl="Geaccepteerd, maar opvallend"),
    "suffering": Text(en="Results that suffer", nl="Uitkomsten die eronder lijden"),
    "result": Text(en="Result", nl="Uitkomst"),
    "because": Text(en="Because of", nl="Vanwege"),
    "notes": Text(en="Restored, left out or assumed", nl="Hersteld, weggelaten of aangenomen"),
    "row": Text(en="Row", nl="Rij"),
    "column": Text(en="Column", nl="Kolom"),
    "value": Text(en="Value", nl="Waarde"),
    "rule": Text(en="Rule", nl="Regel"),
    "message": Text(en="What to do", nl="Wat te doen"),
    "sheet_row": Text(en="Row on the sheet '{sheet}'", nl="Rij op het blad '{sheet}'"),
    "number": Text(en="Number", nl="Aantal"),
    "what": Text(en="What", nl="Wat"),
    "on_rows": Text(en="Rows", nl="Rijen"),
    "first_rows": Text(en="the first", nl="de eerste"),
    "more": Text(
        en="And {count} more reasons: see the workbook {workbook}.",
        nl="En nog {count} redenen: zie de werkmap {workbook}.",
    ),
    "bounded": Text(
        en="A sheet holds at most {limit} rows; {left} of the {rows} are left out of the sheet '{sheet}'. Where that "
        "many are refused, correct the cause and send the whole file again.",
        nl="Een blad bevat hoogstens {limit} rijen; {left} van de {rows} staan niet op het blad '{sheet}'. Zijn er "
        "zoveel geweigerd, verhelp dan de oorzaak en stuur het hele bestand opnieuw.",
    ),
}

SHEETS: dict[str, Text] = {
    "summary": Text(en="Summary", nl="Samenvatting"),
    "reasons": Text(en="Refused rows", nl="Geweigerde rijen"),
    "odd": Text(en="Odd", nl="Opvallend"),
}
DELIVERED_SHEET = "Rijen zoals geleverd"
"""The sheet with the refused rows, ready to correct; one for both languages: it is sent back."""


def said(name: str, language: Language, **values: object) -> str:
    """Returns a text of the report."""
    text = TEXTS[name].of(language)
    return text.format(**values) if values else text
