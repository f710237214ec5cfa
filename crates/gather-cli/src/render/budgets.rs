//! Budgets: spent, limit, percent, a bar, and what is left or how much it is over.
//!
//! Where the figure of what is spent comes from is said: a source's own figure wins over our sum of the month.

use gather_store::{BudgetLine, SpentFrom};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{
    View,
    amount::{Amounts, amount, digits},
    bars::gauge,
    layout::{left, right, widest},
    money::{heading, remark},
    style::{accent, alarm, dim},
};
use crate::escape;

/// Each budget as spent / limit / percent with a bar, and what is left of it. `as_of` is the day of the report.
pub(crate) fn budgets(lines: &[BudgetLine], as_of: Date, view: &View) -> String {
    let Some(first) = lines.first() else {
        return String::new();
    };
    let alike = lines.iter().all(|line| line.spent_from == first.spent_from);
    let about = match (alike, first.spent_from) {
        (true, SpentFrom::Source) => "spent as the source says".to_owned(),
        (true, SpentFrom::Transactions) => as_of.strftime("spent in %B").to_string(),
        (false, _) => "° spent as the source says, else in this month".to_owned(),
    };
    let spent: Vec<String> = lines.iter().map(|line| amount(&line.spent)).collect();
    let limits: Vec<String> = lines.iter().map(|line| amount(&line.limit)).collect();
    let (spent_column, limit_column) = (Amounts::of(&spent), Amounts::of(&limits));
    let names: Vec<String> = lines
        .iter()
        .map(|line| {
            let stated = !alike && line.spent_from == SpentFrom::Source;
            format!(
                "{}{}",
                escape::line(&line.category),
                if stated { "°" } else { "" }
            )
        })
        .collect();
    let rest: Vec<String> = lines.iter().map(left_over).collect();
    // The figures end at the same cell, the words behind them begin at the same.
    let figure = |text: &String| {
        text.find(' ')
            .filter(|_| text.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or(0)
    };
    let rest_figure = rest.iter().map(figure).max().unwrap_or(0);
    let rest: Vec<String> = rest
        .iter()
        .map(|text| format!("{:pad$}{text}", "", pad = rest_figure - figure(text)))
        .collect();
    let rest_width = widest(rest.iter().map(String::as_str));
    let name_width = widest(names.iter().map(String::as_str)).min(20);
    // Everything but the bar: margins, figures, percent, and what is left.
    let figures = spent_column.width() + 3 + limit_column.width() + 4 + 2 + 5 + 2 + rest_width;
    let room = view.width.saturating_sub(2 + name_width + 2 + 2 + figures);
    // A bar of less than four cells says nothing that the percentage does not.
    let cells = if room < 4 { 0 } else { room.min(40) };
    let gap = if cells == 0 { "" } else { "  " };

    let mut text = heading("Budgets", &about, view);
    for (at, line) in lines.iter().enumerate() {
        let over = is_over(line);
        // Two currencies have no share of each other.
        let part = line.left.map_or(Decimal::ZERO, |_| line.spent.amount);
        let drawn = gauge(part, line.limit.amount, cells);
        let row = format!(
            "  {}  {}{gap}{} / {} {}  {}  {}",
            left(&names[at], name_width),
            if over { alarm(drawn) } else { accent(drawn) },
            spent_column.put(&spent[at]),
            limit_column.put(&limits[at]),
            dim(line.limit.currency),
            right(&percent(line), 5),
            if over {
                alarm(&rest[at])
            } else {
                rest[at].clone()
            },
        );
        text.push_str(&format!("{}\n", row.trim_end()));
        if !line.pending.amount.is_zero() {
            let pending = format!(
                "{} {} pending, not counted",
                amount(&line.pending),
                line.pending.currency
            );
            text.push_str(&remark(&pending, view));
        }
        for money in &line.spent_elsewhere {
            text.push_str(&remark(
                &format!("and {} {}", amount(money), money.currency),
                view,
            ));
        }
    }
    text
}

fn is_over(line: &BudgetLine) -> bool {
    line.left.is_some_and(|left| left.amount < Decimal::ZERO)
}

/// What may still be spent, or by how much it is too much.
fn left_over(line: &BudgetLine) -> String {
    match &line.left {
        Some(left) if is_over(line) => format!("{} over", digits(left)),
        Some(left) => format!("{} left", digits(left)),
        None => format!("spent in {}", line.spent.currency),
    }
}

fn percent(line: &BudgetLine) -> String {
    line.percent
        .map_or_else(String::new, |percent| format!("{:.0} %", percent.round()))
}

#[cfg(test)]
mod tests {
    use gather_records::Money;
    use jiff::{civil::date, tz::TimeZone};

    use super::*;

    fn money(text: &str) -> Money {
        let (amount, currency) = text.split_once(' ').unwrap();
        Money::new(amount.parse().unwrap(), currency.parse().unwrap())
    }

    fn budget(
        category: &str,
        spent: &str,
        limit: &str,
        left: Option<&str>,
        percent: Option<i64>,
    ) -> BudgetLine {
        BudgetLine {
            source: Some("bank".to_owned()),
            id: category.to_owned(),
            category: category.to_owned(),
            limit: money(limit),
            spent: money(spent),
            spent_from: SpentFrom::Transactions,
            left: left.map(money),
            percent: percent.map(Decimal::from),
            pending: money(&format!("0 {}", &spent[spent.len() - 3..])),
            spent_elsewhere: Vec::new(),
        }
    }

    fn shown(lines: &[BudgetLine], width: usize) -> String {
        let view = View {
            width,
            now: "2026-11-20T09:00:00Z".parse().unwrap(),
            zone: TimeZone::UTC,
            links: false,
        };
        anstream::adapter::strip_str(&budgets(lines, date(2026, 11, 20), &view)).to_string()
    }

    #[test]
    fn a_budget_says_spent_limit_percent_and_what_is_left_or_over() {
        let mut travel = budget(
            "Travel",
            "212.00 EUR",
            "200 EUR",
            Some("-12.00 EUR"),
            Some(106),
        );
        travel.spent_elsewhere = vec![money("30 CHF")];
        travel.pending = money("8.5 EUR");
        let lines = [
            budget(
                "Groceries",
                "245.00 EUR",
                "400.00 EUR",
                Some("155.00 EUR"),
                Some(61),
            ),
            travel,
            budget("Gifts", "5 CHF", "50 EUR", None, None),
        ];
        assert_eq!(
            shown(&lines, 72),
            "Budgets                                                spent in November\n  \
             Groceries  ██████▊░░░░  245.00 / 400.00 EUR   61 %  155.00 left\n  \
             Travel     ███████████  212.00 / 200.00 EUR  106 %   12.00 over\n    \
             8.50 EUR pending, not counted\n    \
             and 30.00 CHF\n  \
             Gifts      ░░░░░░░░░░░    5.00 /  50.00 EUR               spent in CHF\n"
        );
    }

    #[test]
    fn a_figure_of_the_source_is_marked_among_our_own() {
        let mut stated = budget("A", "1 EUR", "2 EUR", Some("1 EUR"), Some(50));
        stated.spent_from = SpentFrom::Source;
        let own = budget("B", "1 EUR", "2 EUR", Some("1 EUR"), Some(50));
        let text = shown(&[stated.clone(), own], 80);
        assert!(
            text.contains("° spent as the source says") && text.contains("A°"),
            "{text}"
        );
        assert!(!text.contains("B°"), "{text}");
        assert!(shown(&[stated], 80).contains("spent as the source says"));
    }

    #[test]
    fn where_there_is_no_room_the_bar_goes_and_not_the_figures() {
        let line = budget(
            "Groceries",
            "245.00 EUR",
            "400.00 EUR",
            Some("155.00 EUR"),
            Some(61),
        );
        let text = shown(&[line], 50);
        assert!(
            text.contains("245.00 / 400.00 EUR   61 %  155.00 left"),
            "{text}"
        );
        assert!(!text.contains('░'), "{text}");
    }
}
