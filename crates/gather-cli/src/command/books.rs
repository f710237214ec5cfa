//! The store as commands about money open it: the configuration's rules applied to what is in it.

use gather_run::FailingRule;
use gather_sources::{Config, Rules};
use gather_store::{BudgetPlan, Store};

use crate::{
    escape,
    failure::Result,
    render,
    session::{Configuration, Session},
};

/// What is stored of money, and the configuration that says how it is looked at.
pub(crate) struct Books {
    pub(crate) config: Config,
    /// `None`: there is no database, which has been said.
    pub(crate) store: Option<Store>,
}

/// Opens the store, and applies rules that were edited since.
pub(crate) fn open(session: &Session) -> Result<Books> {
    let Configuration { config, .. } = session.configuration()?;
    let store = session.stored()?;
    if let Some(store) = &store {
        apply_rules(session, store, config.rules())?;
    }
    Ok(Books { config, store })
}

/// Applies rules to what they have not seen, and says which of them fail.
pub(crate) fn apply_rules(session: &Session, store: &Store, rules: &Rules) -> Result<()> {
    let applied = gather_run::apply_rules(store, rules, session.now())?;
    session.note(&failing(&applied.failing));
    Ok(())
}

/// Says which rules fail.
pub(crate) fn failing(rules: &[FailingRule]) -> String {
    rules
        .iter()
        .map(|failing| {
            format!(
                "warning: the expression of {} fails for {}: {}\n",
                named(&failing.rule),
                render::plural(failing.times, "transaction"),
                escape::line(&failing.reason)
            )
        })
        .collect()
}

/// Says that something waits for a decision.
pub(crate) fn waiting(reviews: usize) -> String {
    match reviews {
        0 => String::new(),
        1 => "1 transaction waits for you to decide: `gather money review`\n".to_owned(),
        count => format!("{count} transactions wait for you to decide: `gather money review`\n"),
    }
}

/// `rule 3`, or ``rule `rent` ``.
fn named(rule: &str) -> String {
    if rule.starts_with("rule ") {
        rule.to_owned()
    } else {
        format!("rule `{}`", escape::line(rule))
    }
}

/// The budgets of the configuration.
pub(crate) fn budgets(config: &Config) -> Vec<BudgetPlan> {
    let budgets = config.budgets().iter();
    budgets
        .map(|own| BudgetPlan {
            owner: own.owner.clone(),
            category: own.budget.category.clone(),
            limit: own.budget.limit,
        })
        .collect()
}
