//! How values of Rust stand in a column, and back.
//!
//! Instants are microseconds since 1970 in UTC, days are ISO text, amounts are the exact decimal as text (its digits
//! as the source wrote them), durations are microseconds. What does not read back is reported as damage.

use std::{str::FromStr, time::Duration};

use gather_records::{Currency, Money};
use jiff::{Timestamp, civil::Date};
use rusqlite::{
    Row, ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use rust_decimal::Decimal;

/// An instant in an INTEGER column; finer than a microsecond is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(pub(crate) Timestamp);

impl ToSql for Instant {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_microsecond().into())
    }
}

impl FromSql for Instant {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Timestamp::from_microsecond(value.as_i64()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// A span of time in an INTEGER column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span(pub(crate) Duration);

impl ToSql for Span {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::try_from(self.0.as_micros()).unwrap_or(i64::MAX).into())
    }
}

impl FromSql for Span {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = value.as_i64()?;
        u64::try_from(micros)
            .map(|micros| Self(Duration::from_micros(micros)))
            .map_err(|_| FromSqlError::OutOfRange(micros))
    }
}

/// A value that stands in a TEXT column as its `Display` and is read by its `FromStr`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<T>(pub(crate) T);

impl<T: std::fmt::Display> ToSql for Text<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.to_string().into())
    }
}

impl<T> FromSql for Text<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_str()?
            .parse()
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// An amount and its currency from two columns side by side.
pub(crate) fn money(row: &Row<'_>, amount: usize) -> rusqlite::Result<Money> {
    Ok(Money::new(
        row.get::<_, Text<Decimal>>(amount)?.0,
        row.get::<_, Text<Currency>>(amount + 1)?.0,
    ))
}

/// A calendar day from a column that may be empty.
pub(crate) fn day(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Date>> {
    Ok(row.get::<_, Option<Text<Date>>>(column)?.map(|day| day.0))
}

/// A count of rows; a negative one is no count.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// A count as SQLite takes it.
pub(crate) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A limit as SQLite takes it.
pub(crate) fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// FNV-1a: to notice that a text is another, not to withstand an attack.
pub(crate) fn fnv_of(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// FNV-1a of a text.
pub(crate) fn fnv(text: &str) -> u64 {
    fnv_of(text.bytes())
}
