//! What a broker's statement says about cash: purchases, sales, income and expenses, each with its total.
//!
//! Movements of securities that leave the cash as it is, such as reinvested income and splits, are counted and left out.

use std::collections::HashMap;

use gather_records::{Money, Transaction};

use super::{
    super::{
        tree::{Node, Tree},
        words,
    },
    Common, Reading, date,
};

/// Movements that have a total but leave the cash as it is.
const CASHLESS: [&str; 4] = ["REINVEST", "JRNLFUND", "JRNLSEC", "TRANSFER"];

/// The names of securities by their ids.
#[derive(Debug, Default)]
pub(super) struct Securities(HashMap<String, String>);

impl Securities {
    pub(super) fn new(tree: &Tree<'_>) -> Self {
        let named = tree.all("SECINFO").filter_map(|info| {
            let id = info.value_at(&["SECID", "UNIQUEID"])?;
            Some((id.into_owned(), words::line(&info.value("SECNAME")?)?))
        });
        Self(named.collect())
    }
}

impl<'t> Reading<'t> {
    /// The transactions of a broker, beside those of its bank.
    pub(super) fn trades(
        &mut self,
        statement: Node<'_, 't>,
        common: &Common,
        securities: &Securities,
    ) -> Vec<Transaction> {
        let mut left_out = 0;
        let mut trades = Vec::new();
        for row in statement
            .children()
            .filter(|node| node.is("INVTRANLIST"))
            .flat_map(|list| list.children())
        {
            let Some(head) = row.within("INVTRAN").next() else {
                continue;
            };
            let has_total = row.within("TOTAL").next().is_some();
            if !has_total || CASHLESS.iter().any(|name| row.is(name)) {
                left_out += 1;
                continue;
            }
            match self.trade(row, head, common, securities) {
                Ok(trade) => trades.push(trade),
                Err(reason) => {
                    let line = self.line(row);
                    self.import.reject(line, reason);
                }
            }
        }
        if left_out > 0 {
            self.import.warnings.push(format!(
                "{left_out} movements of securities that move no cash are left out"
            ));
        }
        trades
    }

    fn trade(
        &self,
        row: Node<'_, 't>,
        head: Node<'_, 't>,
        common: &Common,
        securities: &Securities,
    ) -> Result<Transaction, String> {
        let day = date(head, "DTTRADE")?;
        // In some the total is one level down, beside the head: `INVBUY`, `INVSELL`.
        let holder = [row]
            .into_iter()
            .chain(row.children())
            .find(|node| node.child("TOTAL").is_some())
            .unwrap_or(row);
        let amount = self.amount(holder, "TOTAL")?;
        let currency = match row.within("CURRENCY").find_map(|it| it.value("CURSYM")) {
            Some(code) => code.parse().map_err(|error| format!("`CURSYM`: {error}"))?,
            None => common.currency,
        };
        let security = row
            .within("UNIQUEID")
            .next()
            .map(|id| id.text())
            .and_then(|id| {
                securities
                    .0
                    .get(id.as_ref())
                    .cloned()
                    .or_else(|| words::line(&id))
            });
        let memo = head.value("MEMO");
        let kind = row.name().to_ascii_lowercase();
        let parts = [Some(kind.as_str()), security.as_deref(), memo.as_deref()];
        let id = head.value("FITID").map(|id| words::id(&id));
        Ok(Transaction {
            account: common.account.clone(),
            date: Some(day),
            description: words::joined(parts.into_iter().flatten()),
            payee: security,
            value_date: date(head, "DTSETTLE").ok().filter(|it| *it != day),
            ..Transaction::new(id.unwrap_or_default(), Money::new(amount, currency))
        })
    }
}
