//! The money report: accounts with totals, budgets, spending by category, transactions.
//!
//! Amounts stand at the right edge, aligned at the point, a currency after each. Sums over several currencies are
//! given only by known rates, with the day and the origin of each; what could not be converted is named.

use std::collections::BTreeMap;

use gather_records::{Currency, Money};
use gather_store::{AccountLine, MoneyOverview, Spending, Total, TransactionLine};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{
    View,
    amount::{Amounts, amount, digits, moved},
    bars::bar,
    layout::{apart, cut, left, right, widest, wrapped},
    sentence::plural,
    style::{accent, bold, caution, dim},
    time,
};
use crate::escape;

/// How much of it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything there is.
    Whole,
    /// What fits below a feed.
    Summary,
}

/// The report of somebody's money. `since` is the day from which spending is counted.
pub(crate) fn money(
    overview: &MoneyOverview,
    since: Option<Date>,
    extent: Extent,
    view: &View,
) -> String {
    let report = Report {
        overview,
        since,
        extent,
        view,
    };
    let parts = [
        report.accounts(),
        super::budgets::budgets(&overview.budgets, overview.as_of, view),
        report.spending(),
        report.transactions(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

struct Report<'a> {
    overview: &'a MoneyOverview,
    since: Option<Date>,
    extent: Extent,
    view: &'a View,
}

impl Report<'_> {
    fn day(&self, day: Date) -> String {
        time::day(day, self.overview.as_of)
    }

    /// An amount with its currency, in its place in a column.
    fn with_currency(column: &Amounts, text: &str, currency: Currency) -> String {
        format!("{} {}", column.put(text), dim(currency))
    }

    fn accounts(&self) -> String {
        let overview = self.overview;
        if overview.accounts.is_empty() {
            return String::new();
        }
        let mut amounts: Vec<String> = overview
            .accounts
            .iter()
            .map(|line| line.balance.as_ref().map_or_else(String::new, amount))
            .collect();
        amounts.extend(overview.totals.iter().map(amount));
        amounts.extend(overview.total.iter().map(|total| amount(&total.amount)));
        let column = Amounts::of(&amounts);
        let several = overview
            .accounts
            .iter()
            .any(|line| line.source != overview.accounts[0].source);
        let mut text = heading("Accounts", &self.day(overview.as_of), self.view);
        for line in &overview.accounts {
            let mut name = format!("  {}", escape::line(&line.name));
            if several {
                name.push_str(&dim(format!("  {}", escape::line(&line.source))));
            }
            name.push_str(&self.stale(line));
            let figure = match &line.balance {
                Some(balance) => Self::with_currency(&column, &amount(balance), balance.currency),
                None => dim("no balance is known"),
            };
            text.push_str(&format!("{}\n", apart(&name, &figure, self.view.width)));
        }
        text.push_str(&self.totals(&column));
        text
    }

    /// How old a balance is, where its source says so and it is not of today.
    fn stale(&self, line: &AccountLine) -> String {
        let day = line
            .as_of
            .map(|at| at.to_zoned(self.view.zone.clone()).date());
        match day {
            Some(day) if day < self.overview.as_of => caution(format!("  as of {}", self.day(day))),
            _ => String::new(),
        }
    }

    fn totals(&self, column: &Amounts) -> String {
        let mut text = String::new();
        let mut line = |name: &str, money: &Money| {
            // Made bold when it stands in its place: colours take no cells, but the column counts letters.
            let figure = format!(
                "{} {}",
                bold(column.put(&amount(money))),
                dim(money.currency)
            );
            text.push_str(&format!(
                "{}\n",
                apart(&format!("  {}", bold(name)), &figure, self.view.width)
            ));
        };
        match &self.overview.total {
            Some(total) if self.is_known(total) => {
                line("Total", &total.amount);
                text.push_str(&self.conversion(total));
            }
            wanted => {
                for total in &self.overview.totals {
                    line("Total", total);
                }
                if let Some(wanted) = wanted.as_ref().filter(|_| !self.overview.totals.is_empty()) {
                    let base = wanted.amount.currency;
                    let note = format!(
                        "not added up in {base}: no rate is known that is at most seven days old"
                    );
                    text.push_str(&remark(&note, self.view));
                } else if self.overview.totals.len() > 1 {
                    text.push_str(&remark(
                        "`--currency EUR` adds them up by the rates that are stored",
                        self.view,
                    ));
                }
            }
        }
        text
    }

    /// Whether the sum stands for anything: some of it is in its currency, or could be converted.
    fn is_known(&self, total: &Total) -> bool {
        total.unconverted.len() < self.overview.totals.len()
    }

    /// By which rates a total was added up, and what is missing from it.
    fn conversion(&self, total: &Total) -> String {
        let mut text = String::new();
        for rate in &total.rates {
            let via = rate
                .via
                .map(|via| format!(", by way of {via}"))
                .unwrap_or_default();
            let source = escape::line(&rate.source);
            let mut day = self.day(rate.date);
            let days = (self.overview.as_of - rate.date).get_days();
            if days > 0 {
                day = format!(
                    "{day}, carried {}",
                    plural(u64::try_from(days).unwrap_or(0), "day")
                );
            }
            let rate = format!(
                "1 {} = {} {} · {source}, {day}{via}",
                rate.from,
                six_digits(rate.rate),
                rate.to
            );
            text.push_str(&remark(&rate, self.view));
        }
        for apart in &self.overview.deviations {
            let [first, second] = &apart.sources;
            let differ = format!(
                "{first} and {second} are {} % apart on 1 {} = {} or {} {} ({})",
                apart.percent.normalize(),
                apart.base,
                six_digits(apart.rates[0]),
                six_digits(apart.rates[1]),
                apart.quote,
                self.day(apart.date)
            );
            let lines = wrapped(&escape::line(&differ), "    ", "      ", self.view.width);
            text.extend(lines.lines().map(|line| format!("{}\n", caution(line))));
        }
        for missing in &total.unconverted {
            let why = match missing.last_rate {
                Some(day) => format!("no rate since {}", self.day(day)),
                None => "no rate is known".to_owned(),
            };
            let text_of = format!(
                "    not converted: {} {} ({why})",
                amount(&missing.money),
                missing.money.currency
            );
            text.push_str(&format!("{}\n", caution(text_of)));
        }
        text
    }

    fn spending(&self) -> String {
        let lines = &self.overview.spending;
        if lines.is_empty() {
            return String::new();
        }
        let about = match self.since {
            Some(day) => format!("since {}", self.day(day)),
            None => "all that is stored".to_owned(),
        };
        let mut text = heading("Spending by category", &about, self.view);
        let most = match self.extent {
            Extent::Whole => usize::MAX,
            Extent::Summary => 5,
        };
        let mut currencies: BTreeMap<Currency, Vec<&Spending>> = BTreeMap::new();
        for line in lines {
            currencies
                .entry(line.total.currency)
                .or_default()
                .push(line);
        }
        for (currency, lines) in currencies {
            text.push_str(&self.spending_in(currency, &lines, most));
        }
        text
    }

    /// The categories of one currency; those beyond the first few as one line.
    fn spending_in(&self, currency: Currency, lines: &[&Spending], most: usize) -> String {
        let sum = |lines: &[&Spending]| {
            lines.iter().try_fold(Decimal::ZERO, |sum, line| {
                sum.checked_add(line.total.amount.abs())
            })
        };
        // One line more than the limit is shown itself rather than as "other".
        let shown = if lines.len() <= most.saturating_add(1) {
            lines.len()
        } else {
            most
        };
        let mut rows: Vec<(String, Decimal)> = lines[..shown]
            .iter()
            .map(|line| {
                let name = line.category.as_deref().map_or_else(
                    || "without category".to_owned(),
                    |category| escape::line(category).into_owned(),
                );
                (name, line.total.amount.abs())
            })
            .collect();
        if let Some(rest) = sum(&lines[shown..]).filter(|_| shown < lines.len()) {
            rows.push((format!("{} others", lines.len() - shown), rest));
        }
        let all = sum(lines);
        let largest = rows
            .iter()
            .map(|(_, spent)| *spent)
            .max()
            .unwrap_or_default();
        let amounts: Vec<String> = rows
            .iter()
            .map(|(_, spent)| digits(&Money::new(*spent, currency)))
            .collect();
        let column = Amounts::of(&amounts);
        let name_width = widest(rows.iter().map(|(name, _)| name.as_str())).min(24);
        let cells = self
            .view
            .width
            .saturating_sub(2 + name_width + 2 + 2 + column.width() + 4 + 7)
            .clamp(4, 60);
        let mut text = String::new();
        for ((name, spent), figure) in rows.iter().zip(&amounts) {
            let share =
                all.and_then(|all| spent.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(all));
            let share = share.map_or_else(String::new, |share| format!("{:.0} %", share.round()));
            let row = format!(
                "  {}  {}  {}  {}",
                left(name, name_width),
                accent(left(&bar(*spent, largest, cells), cells)),
                Self::with_currency(&column, figure, currency),
                right(&share, 5),
            );
            text.push_str(&format!("{row}\n"));
        }
        text
    }

    fn transactions(&self) -> String {
        let lines = &self.overview.transactions;
        if lines.is_empty() {
            return String::new();
        }
        let figures: Vec<String> = lines.iter().map(|line| moved(&line.amount)).collect();
        let column = Amounts::of(&figures);
        let days: Vec<String> = lines
            .iter()
            .map(|line| {
                line.date
                    .map_or_else(|| "no date".to_owned(), |day| self.day(day))
            })
            .collect();
        let categories: Vec<String> = lines.iter().map(kind).collect();
        let numbers: Vec<String> = match self.extent {
            Extent::Whole => lines.iter().map(|line| line.number.to_string()).collect(),
            Extent::Summary => vec![String::new(); lines.len()],
        };
        let number_width = widest(numbers.iter().map(String::as_str));
        let gap = if number_width == 0 { "" } else { "  " };
        let day_width = widest(days.iter().map(String::as_str));
        let category_width = widest(categories.iter().map(String::as_str)).min(18);
        let figure_width = column.width() + 4;
        let words = self.view.width.saturating_sub(
            2 + number_width + gap.len() + day_width + 2 + 2 + category_width + 2 + figure_width,
        );
        let mut text = heading(
            "Transactions",
            &format!("the newest {}", lines.len()),
            self.view,
        );
        for (at, line) in lines.iter().enumerate() {
            let row = format!(
                "  {}{gap}{}  {}  {}  {}",
                dim(right(&numbers[at], number_width)),
                right(&days[at], day_width),
                left(&description(line, words), words),
                dim(left(&categories[at], category_width)),
                Self::with_currency(&column, &figures[at], line.amount.currency),
            );
            text.push_str(&format!("{row}\n"));
        }
        text
    }
}

/// A rate to six digits, which is what rates are quoted in; JSON has all of them.
fn six_digits(rate: Decimal) -> Decimal {
    rate.round_sf(6).unwrap_or(rate).normalize()
}

/// What a transaction was for; parts and transfers say themselves what they are.
fn kind(line: &TransactionLine) -> String {
    if line.transfer {
        "transfer".to_owned()
    } else if !line.parts.is_empty() {
        format!("{} parts", line.parts.len())
    } else {
        escape::line(line.category.as_deref().unwrap_or_default()).into_owned()
    }
}

/// What the bank wrote, within some cells; that it is pending is never cut off.
fn description(line: &TransactionLine, cells: usize) -> String {
    let text = line
        .payee
        .as_deref()
        .or(line.description.as_deref())
        .or(line.account_name.as_deref())
        .unwrap_or(&line.id);
    let text = match &line.note {
        Some(note) => format!("{text} · {note}"),
        None => text.to_owned(),
    };
    let text = escape::line(&text);
    if line.pending {
        let room = cells.saturating_sub(" (pending)".len());
        format!("{} {}", cut(&text, room), caution("(pending)"))
    } else {
        text.into_owned()
    }
}

/// The title of a part, and what it is about at the right edge.
pub(super) fn heading(title: &str, about: &str, view: &View) -> String {
    format!("{}\n", apart(&bold(title), &dim(about), view.width))
}

/// Something worth knowing about the line above.
pub(super) fn remark(text: &str, view: &View) -> String {
    let lines = wrapped(text, "    ", "      ", view.width);
    lines
        .lines()
        .map(|line| format!("{}\n", dim(line)))
        .collect()
}

/// Whether there is anything to report.
pub(crate) fn is_empty(overview: &MoneyOverview) -> bool {
    overview.accounts.is_empty()
        && overview.transactions.is_empty()
        && overview.budgets.is_empty()
        && overview.spending.is_empty()
}

#[cfg(test)]
mod tests {
    use gather_records::Deviation;
    use gather_store::{RateUsed, Unconverted};
    use jiff::{civil::date, tz::TimeZone};

    use super::*;

    fn money_of(text: &str) -> Money {
        let (amount, currency) = text.split_once(' ').unwrap();
        Money::new(amount.parse().unwrap(), currency.parse().unwrap())
    }

    #[test]
    fn a_total_says_by_which_rates_how_old_they_are_and_what_is_missing() {
        let currency = |code: &str| code.parse().unwrap();
        let overview = MoneyOverview {
            as_of: date(2026, 11, 20),
            accounts: vec![gather_store::AccountLine {
                source: "bank".to_owned(),
                owner: None,
                id: "1".to_owned(),
                name: "Main".to_owned(),
                balance: Some(money_of("100 USD")),
                balance_from: None,
                as_of: None,
                balance_date: None,
                kind: None,
                updated_at: "2026-11-20T09:00:00Z".parse().unwrap(),
            }],
            totals: vec![money_of("100 USD"), money_of("5 EUR"), money_of("7 ISK")],
            total: Some(Total {
                amount: money_of("96.15 EUR"),
                rates: vec![RateUsed {
                    from: currency("USD"),
                    to: currency("EUR"),
                    rate: "0.9114999999".parse().unwrap(),
                    date: date(2026, 11, 18),
                    source: "ecb".to_owned(),
                    via: None,
                }],
                unconverted: vec![Unconverted {
                    money: money_of("7 ISK"),
                    last_rate: Some(date(2026, 11, 3)),
                }],
            }),
            transactions: Vec::new(),
            spending: Vec::new(),
            budgets: Vec::new(),
            rates: Vec::new(),
            deviations: vec![Deviation {
                base: currency("EUR"),
                quote: currency("USD"),
                date: date(2026, 11, 18),
                sources: ["ecb".to_owned(), "oxr".to_owned()],
                rates: ["1.0971".parse().unwrap(), "1.2".parse().unwrap()],
                percent: "9.38".parse().unwrap(),
            }],
        };
        let view = View {
            width: 60,
            now: "2026-11-20T09:00:00Z".parse().unwrap(),
            zone: TimeZone::UTC,
            links: false,
        };
        let text = money(&overview, None, Extent::Whole, &view);
        assert_eq!(
            anstream::adapter::strip_str(&text).to_string(),
            "Accounts                                              20 Nov\n  \
             Main                                            100.00 USD\n  \
             Total                                            96.15 EUR\n    \
             1 USD = 0.9115 EUR · ecb, 18 Nov, carried 2 days\n    \
             ecb and oxr are 9.38 % apart on 1 EUR = 1.0971 or 1.2\n      \
             USD (18 Nov)\n    \
             not converted: 7 ISK (no rate since 3 Nov)\n"
        );
    }
}
