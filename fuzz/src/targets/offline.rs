//! Whatever `gather parse` is given.

use gather_sources::{parse, select};

use super::support::is_json;

pub(super) fn json(input: &[u8]) -> Result<String, String> {
    let mut said = match parse(input, None, None) {
        Ok(parsed) => {
            for line in &parsed.lines {
                is_json(line)?;
            }
            format!(
                "{:?}\n{}\n{}\n",
                parsed.format,
                parsed.lines.join("\n"),
                parsed.warnings.join("\n")
            )
        }
        Err(error) => format!("{error}\n"),
    };
    match select(".", input) {
        Ok(lines) => {
            for line in &lines {
                is_json(line)?;
            }
            // A text that was written is read back as the same.
            let written = lines.join("\n");
            let again = select(".", written.as_bytes()).map_err(|error| error.to_string())?;
            if again != lines {
                return Err(format!("`{written}` is read back as another value"));
            }
        }
        Err(error) => said.push_str(&error.to_string()),
    }
    Ok(said)
}
