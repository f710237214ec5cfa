//! From the values of an answer to records: one compiled program a mapping, one output a row.
//!
//! The program selects the rows (`each`), decides which of them count (`where`), and evaluates every field of a row
//! at once; each field is caught by itself, so that one bad field costs a field, not the row. What a record cannot do
//! without rejects the row; what it can do without is left empty and counted.
//!
//! Not here: what the fields may hold (`value`, `date`), how each kind of record is put together (`record`).

pub(crate) mod date;
mod record;
pub(crate) mod value;

use std::{collections::BTreeMap, ops::Range};

use gather_records::{Currency, Record, RecordKind};
use url::Url;

use crate::{
    Rejected,
    jq::{self, Fault, Meter, Program, Val, json},
};

/// More rows than this in one answer are not read.
const MAX_ROWS: usize = 500_000;

/// The fields a mapping of this kind may have; those it must have come first.
pub(crate) fn fields(kind: RecordKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        RecordKind::Article => (
            &["id"],
            &[
                "title",
                "url",
                "published_at",
                "author",
                "summary",
                "section",
                "score",
                "comments",
                "content",
            ],
        ),
        RecordKind::Account => (&["id", "name", "balance"], &["currency", "as_of"]),
        RecordKind::Transaction => (
            &["amount"],
            &[
                "id",
                "account",
                "currency",
                "date",
                "description",
                "category",
                "pending",
                "payee",
                "value_date",
                "balance_after",
            ],
        ),
        RecordKind::Budget => (&["category", "limit"], &["id", "spent", "currency"]),
        RecordKind::Rate => (&["base", "quote", "date", "rate"], &[]),
    }
}

/// Whether a kind of record holds amounts of money, so that `currency`, `negate` and `scale` mean something.
pub(crate) fn has_money(kind: RecordKind) -> bool {
    matches!(
        kind,
        RecordKind::Account | RecordKind::Transaction | RecordKind::Budget
    )
}

/// Whether records of a kind belong to an account, so that `flip` means something.
pub(crate) fn has_accounts(kind: RecordKind) -> bool {
    matches!(kind, RecordKind::Account | RecordKind::Transaction)
}

/// A mapping as declared.
#[derive(Debug, Clone)]
pub(crate) struct Plan<'a> {
    pub(crate) kind: RecordKind,
    /// Selects the rows; default: the elements of an array, else the answer itself.
    pub(crate) each: Option<&'a str>,
    /// Which rows count; default: all.
    pub(crate) condition: Option<&'a str>,
    /// Names out of [`fields`], each once.
    pub(crate) fields: Vec<(&'static str, &'a str)>,
    pub(crate) negate: bool,
    /// How many digits of an amount are behind the point, when it is given in minor units.
    pub(crate) scale: u32,
    /// The accounts whose amounts come with the other sign.
    pub(crate) flip: Vec<String>,
    /// The ids of transactions are no identity: places in a list, or new at each login.
    pub(crate) weak_ids: bool,
}

/// A mapping that can be run.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) kind: RecordKind,
    each: String,
    fields: Vec<&'static str>,
    negate: bool,
    scale: u32,
    flip: Vec<String>,
    weak_ids: bool,
    program: Program,
}

/// What a mapping runs with, beside the answer.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings<'a> {
    pub(crate) base: Option<&'a Url>,
    pub(crate) currency: Option<Currency>,
    pub(crate) params: Val,
    pub(crate) meter: &'a Meter,
}

/// What became of the rows.
#[derive(Debug, Default)]
pub(crate) struct Mapped {
    pub(crate) rows: usize,
    pub(crate) records: Vec<Record>,
    pub(crate) rejected: Vec<Rejected>,
    /// Those of the rejected whose money is of a currency that is not kept, which says nothing about the shape.
    pub(crate) foreign: usize,
    pub(crate) skipped: usize,
    /// Optional fields that had to stay empty: how often, and the first reason.
    pub(crate) left_empty: BTreeMap<&'static str, (usize, String)>,
}

/// What expressions know beside the answer.
const VARIABLES: &[&str] = &["$params"];
const DEFAULT_EACH: &str = r#"if type == "array" then .[] else . end"#;

impl Plan<'_> {
    /// Compiles it. The faults name the key of the expression they are in (`each`, `where` or a field).
    pub(crate) fn compile(&self) -> Result<Mapping, Vec<(&'static str, Fault)>> {
        let code = self.assemble();
        let faults = code.check();
        if !faults.is_empty() {
            return Err(faults);
        }
        let program = jq::compile(&code.code, VARIABLES).map_err(|faults| {
            faults
                .into_iter()
                .map(|fault| code.locate(fault))
                .collect::<Vec<_>>()
        })?;
        Ok(self.mapping(program))
    }

    /// The same, compiled when it first runs: for expressions that are known to be sound.
    pub(crate) fn compile_later(&self) -> Mapping {
        self.mapping(Program::later(self.assemble().code, VARIABLES))
    }

    fn mapping(&self, program: Program) -> Mapping {
        Mapping {
            kind: self.kind,
            each: self.each.unwrap_or(DEFAULT_EACH).to_owned(),
            fields: self.fields.iter().map(|(name, _)| *name).collect(),
            negate: self.negate,
            scale: self.scale,
            flip: self.flip.clone(),
            weak_ids: self.weak_ids,
            program,
        }
    }

    fn assemble(&self) -> Assembly {
        let each = self.each.unwrap_or(DEFAULT_EACH);
        let mut code = Assembly::default();
        code.text("(");
        code.piece("each", each);
        code.text(") | ");
        match self.condition {
            Some(condition) => {
                code.text("first((try ((");
                code.piece("where", condition);
                code.text(") | [.]) catch {e: .}), [false]) as $w | [$w] + (if ($w | .[0]? // false) then [");
            }
            None => code.text("[[true]] + (if true then ["),
        }
        for (i, (name, expression)) in self.fields.iter().enumerate() {
            code.text(if i == 0 { "" } else { ", " });
            code.text("first((try ((");
            code.piece(name, expression);
            code.text(") | [.]) catch {e: .}), [null])");
        }
        code.text("] else [] end)");
        code
    }
}

/// A program put together out of expressions, which remembers where each of them ended up.
#[derive(Default)]
struct Assembly {
    code: String,
    pieces: Vec<(&'static str, Range<usize>)>,
}

impl Assembly {
    fn text(&mut self, text: &str) {
        self.code.push_str(text);
    }

    fn piece(&mut self, key: &'static str, expression: &str) {
        let start = self.code.len();
        self.code.push_str(expression);
        self.pieces.push((key, start..self.code.len()));
        // A comment in the expression ends here and not behind our own bracket.
        self.code.push('\n');
    }

    /// The syntax of each piece by itself. When one is wrong the program cannot be compiled as a whole, so the names
    /// in the others are looked up by themselves: a person wants to hear of all mistakes at once.
    fn check(&self) -> Vec<(&'static str, Fault)> {
        let mut faults = Vec::new();
        let mut sound = Vec::new();
        for (key, range) in &self.pieces {
            let text = &self.code[range.clone()];
            match jq::check(text, false) {
                Ok(()) => sound.push((*key, text)),
                Err(list) => faults.extend(list.into_iter().map(|fault| (*key, fault))),
            }
        }
        if !faults.is_empty() {
            for (key, text) in sound {
                if let Err(list) = jq::compile(text, VARIABLES) {
                    faults.extend(list.into_iter().map(|fault| (key, fault)));
                }
            }
        }
        faults
    }

    fn locate(&self, fault: Fault) -> (&'static str, Fault) {
        let at = fault.span.start;
        let (key, range) = self
            .pieces
            .iter()
            .find(|(_, range)| range.start <= at && at <= range.end)
            .unwrap_or(&self.pieces[0]);
        let start = at.saturating_sub(range.start);
        let end = fault.span.end.clamp(at, range.end.max(at)) - at + start;
        (
            *key,
            Fault {
                span: start..end,
                message: fault.message,
            },
        )
    }
}

impl Mapping {
    /// The selector of the rows, for messages.
    pub(crate) fn each(&self) -> &str {
        &self.each
    }

    /// Compiles it now.
    #[cfg(test)]
    pub(crate) fn is_sound(&self) -> bool {
        self.program.is_sound()
    }

    /// The accounts whose amounts come with the other sign.
    pub(crate) fn flip(&self) -> &[String] {
        &self.flip
    }

    /// Whether it says where this field comes from.
    pub(crate) fn declares(&self, field: &str) -> bool {
        self.fields.contains(&field)
    }

    /// Maps one answer. The error is that of the selector, or of the time; those of rows are in the result.
    pub(crate) fn run(&self, body: Val, around: &Surroundings<'_>) -> Result<Mapped, String> {
        let mut mapped = Mapped::default();
        for output in self
            .program
            .run(body, [around.params.clone()], around.meter)
        {
            let row = mapped.rows;
            if row == MAX_ROWS {
                return Err(format!("more than {MAX_ROWS} rows in one answer"));
            }
            mapped.rows += 1;
            let Val::Arr(cells) = output? else {
                return Err("the expression gave no row".to_owned());
            };
            let Some((counts, cells)) = cells.split_first() else {
                return Err("the expression gave an empty row".to_owned());
            };
            match cell(counts) {
                Ok(Val::Null | Val::Bool(false)) => mapped.skipped += 1,
                Ok(_) => {
                    let mut fields =
                        record::Fields::new(self, cells, around, &mut mapped.left_empty);
                    if fields.is_of_no_use() {
                        mapped.skipped += 1;
                        continue;
                    }
                    let record = fields.record();
                    mapped.foreign += usize::from(fields.is_foreign());
                    match record {
                        Ok(record) => mapped.records.push(record),
                        Err(reason) => mapped.rejected.push(Rejected { row, reason }),
                    }
                }
                Err(reason) => mapped.rejected.push(Rejected {
                    row,
                    reason: format!("`where`: {reason}"),
                }),
            }
            if around.meter.is_spent() {
                return Err("the expressions took too long".to_owned());
            }
        }
        Ok(mapped)
    }
}

/// The value of an expression (an array of one), or its error (an object).
fn cell(value: &Val) -> Result<&Val, String> {
    match value {
        Val::Arr(one) => Ok(one.first().unwrap_or(&Val::Null)),
        Val::Obj(error) => Err(error.values().next().map_or_else(String::new, |message| {
            value::clip_to(
                &value::text(message)
                    .map_or_else(|| json::to_line(message), |text| text.into_owned()),
                160,
            )
        })),
        _ => Err("the expression gave nothing that can be read".to_owned()),
    }
}
