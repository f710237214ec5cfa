//! What the columns of banks are called, in the languages they are written in.
//!
//! Only a whole name counts, so that `Account holder` is no account. Where several columns of a file have a role, the
//! name that stands first in its list wins: the booking date is the date, that of the purchase is not.

use gather_records::Currency;

use crate::mapping::date::names::plain;

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Date,
    ValueDate,
    Amount,
    Debit,
    Credit,
    Indicator,
    Balance,
    Currency,
    Description,
    Payee,
    Category,
    Id,
    Account,
    State,
}

/// Names in lower case and without accents.
const NAMES: &[(Role, &[&str])] = &[
    (
        Role::Date,
        &[
            "booking date",
            "bookingdate",
            "date posted",
            "posted date",
            "posting date",
            "post date",
            "buchungstag",
            "buchungsdatum",
            "buchung",
            "boekingsdatum",
            "boekdatum",
            "bokforingsdag",
            "bokforingsdatum",
            "bogforingsdato",
            "bokforingsdato",
            "kirjauspaiva",
            "data contabile",
            "data registrazione",
            "date de comptabilisation",
            "date comptable",
            "fecha contable",
            "data ksiegowania",
            "data operacji",
            "datum zauctovani",
            "datum provedeni",
            "completed date",
            "date completed",
            "date",
            "datum",
            "fecha",
            "fecha operacion",
            "fecha de operacion",
            "data",
            "data operazione",
            "data movimento",
            "data mov",
            "date operation",
            "date de l operation",
            "dato",
            "paivamaara",
            "kuupaev",
            "datums",
            "transaction date",
            "transactiondate",
            "trans date",
            "trans. date",
            "transaktionsdatum",
            "transaksjonsdato",
            "umsatzdatum",
            "belegdatum",
            "data transakcji",
            "started date",
            "dtposted",
        ],
    ),
    (
        Role::ValueDate,
        &[
            "value date",
            "valuedate",
            "valuta",
            "valutadatum",
            "valutadato",
            "wertstellung",
            "wertstellungsdatum",
            "wertstellungstag",
            "wert",
            "data valuta",
            "date de valeur",
            "date valeur",
            "fecha valor",
            "rentedatum",
            "arvopaiva",
            "data waluty",
            "transaction date",
            "trans date",
            "belegdatum",
            "kaufdatum",
            "purchase date",
            "started date",
        ],
    ),
    (
        Role::Amount,
        &[
            "amount",
            "transaction amount",
            "betrag",
            "umsatz",
            "betrag in",
            "umsatz in",
            "importe",
            "importo",
            "montant",
            "bedrag",
            "belopp",
            "belob",
            "belop",
            "kwota",
            "kwota operacji",
            "castka",
            "summa",
            "valor",
            "quantia",
            "maara",
            "trnamt",
            "net amount",
        ],
    ),
    (
        Role::Debit,
        &[
            "debit",
            "debit amount",
            "debits",
            "amount debit",
            "paid out",
            "money out",
            "withdrawal",
            "withdrawals",
            "withdrawal amount",
            "soll",
            "belastung",
            "belastungen",
            "lastschrift",
            "ausgang",
            "ausgabe",
            "ausgaben",
            "dare",
            "addebiti",
            "addebito",
            "uscite",
            "debit euros",
            "cargo",
            "cargos",
            "debe",
            "debito",
            "debitos",
            "obciazenia",
            "ut",
            "uttag",
            "af",
            "ud",
            "ut av konto",
        ],
    ),
    (
        Role::Credit,
        &[
            "credit",
            "credit amount",
            "credits",
            "amount credit",
            "paid in",
            "money in",
            "deposit",
            "deposits",
            "deposit amount",
            "haben",
            "gutschrift",
            "gutschriften",
            "eingang",
            "einnahme",
            "einnahmen",
            "avere",
            "accrediti",
            "accredito",
            "entrate",
            "credit euros",
            "abono",
            "abonos",
            "haber",
            "credito",
            "creditos",
            "uznania",
            "insattning",
            "ind",
            "bij",
            "inn",
            "inn pa konto",
        ],
    ),
    (
        Role::Indicator,
        &[
            "debit/credit",
            "credit/debit",
            "debit or credit",
            "debit credit indicator",
            "credit debit indicator",
            "cr/dr",
            "dr/cr",
            "d/c",
            "c/d",
            "s/h",
            "soll/haben",
            "soll/haben kennzeichen",
            "af bij",
            "af/bij",
            "bij/af",
            "umsatzart s/h",
            "transaction type",
            "type",
            "debet/credit",
            "sens",
        ],
    ),
    (
        Role::Balance,
        &[
            "balance",
            "running balance",
            "balance after",
            "balance after transaction",
            "account balance",
            "saldo",
            "kontostand",
            "saldo nach buchung",
            "saldo na mutatie",
            "saldo na trn",
            "solde",
            "saldo po operacji",
            "saldo contabile",
            "saldo disponible",
            "bokfort saldo",
            "ledger balance",
            "stand",
            "zustatek",
        ],
    ),
    (
        Role::Currency,
        &[
            "currency",
            "currency code",
            "waehrung",
            "wahrung",
            "valuta",
            "munt",
            "muntsoort",
            "devise",
            "divisa",
            "moneda",
            "moeda",
            "waluta",
            "mena",
            "valuutta",
        ],
    ),
    (
        Role::Description,
        &[
            "description",
            "transaction description",
            "verwendungszweck",
            "buchungstext",
            "memo",
            "details",
            "transaction details",
            "narrative",
            "narration",
            "particulars",
            "reference",
            "payment reference",
            "concepto",
            "descripcion",
            "libelle",
            "libelle operation",
            "descrizione",
            "descrizione operazione",
            "causale",
            "descricao",
            "omschrijving",
            "mededelingen",
            "opis",
            "opis operacji",
            "tytul",
            "tytulem",
            "popis",
            "text",
            "beskrivning",
            "tekst",
            "beskrivelse",
            "forklaring",
            "selite",
            "viesti",
            "betreff",
            "vorgang",
            "umsatztext",
            "bookingtext",
            "notes",
            "note",
        ],
    ),
    (
        Role::Payee,
        &[
            "payee",
            "payee name",
            "merchant",
            "merchant name",
            "counterparty",
            "counterparty name",
            "counter party",
            "beneficiary",
            "name",
            "partner name",
            "beguenstigter/zahlungspflichtiger",
            "begunstigter/zahlungspflichtiger",
            "auftraggeber/empfanger",
            "auftraggeber/empfaenger",
            "name zahlungsbeteiligter",
            "empfanger",
            "empfaenger",
            "zahlungsempfanger",
            "zahlungsempfanger*in",
            "auftraggeber/begunstigter",
            "naam / omschrijving",
            "naam tegenpartij",
            "tegenpartij",
            "beneficiario",
            "beneficiaire",
            "ordenante",
            "nadawca/odbiorca",
            "odbiorca",
            "mottaker",
            "modtager",
            "saaja",
            "saaja/maksaja",
            "mottagare",
        ],
    ),
    (
        Role::Category,
        &[
            "category",
            "kategorie",
            "categorie",
            "categoria",
            "kategoria",
            "kategori",
        ],
    ),
    (
        Role::Id,
        &[
            "transaction id",
            "transactionid",
            "transaction number",
            "fitid",
            "id",
            "entry reference",
            "bank reference",
            "transaktions-id",
            "transaktions id",
            "identifiant",
            "id transazione",
            "transaction reference",
            "arkistointitunnus",
        ],
    ),
    (
        Role::Account,
        &[
            "account",
            "account number",
            "account no",
            "account id",
            "iban",
            "konto",
            "kontonummer",
            "auftragskonto",
            "iban auftragskonto",
            "rekening",
            "rekeningnummer",
            "compte",
            "numero de compte",
            "cuenta",
            "conto",
            "numer rachunku",
            "cislo uctu",
            "account iban",
        ],
    ),
    (
        Role::State,
        &[
            "state",
            "status",
            "booking status",
            "umsatzstatus",
            "stato",
            "estado",
            "statut",
        ],
    ),
];

/// A name without what decorates it: brackets, currencies, marks at the end.
pub(super) fn bare(name: &str) -> String {
    let without_brackets = name.split(['(', '[']).next().unwrap_or_default();
    let text = plain(without_brackets).replace(['_', '"', '\u{2019}', '\''], " ");
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| *word != "€" && !(word.len() == 3 && currency_of(word).is_some()))
        .collect();
    words
        .join(" ")
        .trim_end_matches([':', '.', '*', ' '])
        .to_owned()
}

/// Everything a name can mean, and how well: a lower number is a better name.
pub(super) fn roles(name: &str) -> Vec<(Role, usize)> {
    let bare = bare(name);
    NAMES
        .iter()
        .filter_map(|(role, names)| {
            let rank = names.iter().position(|known| *known == bare)?;
            Some((*role, rank))
        })
        .collect()
}

/// The currency in a name such as `Amount (EUR)` or `Umsatz in EUR`.
pub(super) fn currency_in(name: &str) -> Option<Currency> {
    name.split(|c: char| !c.is_alphanumeric() && c != '€')
        .filter(|word| word.len() == 3 && *word == word.to_uppercase())
        .find_map(currency_of)
}

/// The currency that a word stands for, where it is only one.
pub(super) fn currency_of(word: &str) -> Option<Currency> {
    match word {
        "€" => "EUR".parse().ok(),
        // Words of other languages that are codes too.
        "all" | "top" | "try" | "cup" | "mop" | "std" | "sos" | "pen" => None,
        _ if word.len() == 3 => word.parse().ok(),
        _ => None,
    }
}

/// Whether a value of an indicator is money out.
pub(super) fn is_out(value: &str) -> Option<bool> {
    let out = [
        "d",
        "dr",
        "debit",
        "dbit",
        "debet",
        "s",
        "soll",
        "af",
        "-",
        "out",
        "withdrawal",
        "money out",
        "cargo",
        "dare",
        "belastung",
        "lastschrift",
    ];
    let into = [
        "c",
        "cr",
        "credit",
        "crdt",
        "kredit",
        "h",
        "haben",
        "bij",
        "+",
        "in",
        "deposit",
        "money in",
        "abono",
        "avere",
        "gutschrift",
    ];
    let value = plain(value.trim());
    if out.contains(&value.as_str()) {
        Some(true)
    } else if into.contains(&value.as_str()) {
        Some(false)
    } else {
        None
    }
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Booked,
    Pending,
    GivenUp,
}

pub(super) fn state(value: &str) -> Option<State> {
    let known = [
        (
            State::Booked,
            &[
                "booked",
                "gebucht",
                "completed",
                "posted",
                "cleared",
                "settled",
                "book",
                "executed",
                "geboekt",
                "bokford",
                "done",
                "processed",
            ][..],
        ),
        (
            State::Pending,
            &[
                "pending",
                "pdng",
                "vorgemerkt",
                "authorised",
                "authorized",
                "reserved",
                "in attesa",
                "pendiente",
                "en attente",
                "reserverad",
            ],
        ),
        (
            State::GivenUp,
            &[
                "reverted",
                "declined",
                "failed",
                "cancelled",
                "canceled",
                "rejected",
                "storniert",
                "abgelehnt",
                "voided",
            ],
        ),
    ];
    let value = plain(value.trim());
    known
        .iter()
        .find(|(_, words)| words.contains(&value.as_str()))
        .map(|(state, _)| *state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_whole_and_without_decoration() {
        for (name, role) in [
            ("Buchungstag", Role::Date),
            ("Umsatz in EUR", Role::Amount),
            ("Amount (USD)", Role::Amount),
            ("Betrag (€)", Role::Amount),
            ("Währung", Role::Currency),
            ("DATE_OPERATION", Role::Date),
            ("Libellé", Role::Description),
            ("Paid out", Role::Debit),
            ("Kontostand:", Role::Balance),
        ] {
            assert_eq!(roles(name).first().map(|it| it.0), Some(role), "{name}");
        }
        for name in ["Account holder", "Original Amount", "Gegenkonto", "Fee", ""] {
            assert!(roles(name).is_empty(), "{name}");
        }
        assert_eq!(currency_in("Umsatz in EUR").unwrap().code(), "EUR");
        assert_eq!(currency_in("Amount").map(Currency::code), None);
        assert_eq!(currency_in("All").map(Currency::code), None);
    }

    #[test]
    fn every_name_is_in_the_form_it_is_compared_in() {
        for (role, names) in NAMES {
            for name in *names {
                assert!(roles(name).iter().any(|it| it.0 == *role), "{name}");
            }
        }
    }
}
