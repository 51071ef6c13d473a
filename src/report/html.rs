//! HTML as it is written: every text is escaped unless it is named raw. Knows nothing of jobs.

use crate::table::Table;
use crate::words::{brief, number, short, yes_or_no};

/// A text of HTML that grows.
#[derive(Debug, Default)]
pub struct Html(String);

impl Html {
    /// Markup of our own.
    pub fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// A text of anybody.
    pub fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // overrides of direction would make a text read otherwise than it is
                '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {}
                c if c.is_control() && !c.is_whitespace() => self.0.push('\u{FFFD}'),
                c => self.0.push(c),
            }
        }
    }

    /// What was written.
    pub fn done(self) -> String {
        self.0
    }
}

/// An element that holds a text.
pub fn element(page: &mut Html, tag: &str, text: &str) {
    page.raw(&format!("<{tag}>"));
    page.text(text);
    page.raw(&format!("</{tag}>\n"));
}

/// A list of names with what they are.
pub fn definitions<'a>(page: &mut Html, pairs: impl IntoIterator<Item = (&'a str, String)>) {
    page.raw("<dl>\n");
    for (name, value) in pairs {
        element(page, "dt", name);
        element(page, "dd", &value);
    }
    page.raw("</dl>\n");
}

/// A table, with as many rows as a page bears.
pub fn table(page: &mut Html, table: Table, most: usize) {
    use crate::table::Entry;
    page.raw("<div class=\"scroll\"><table>\n<thead><tr>");
    for column in &table.columns {
        let class = if column.is_coordinate { "" } else { " class=\"number\"" };
        page.raw(&format!("<th scope=\"col\"{class}>"));
        page.text(&short(&column.name));
        if let Some(unit) = column.unit.as_deref().filter(|unit| !column.name.ends_with(unit)) {
            page.raw("<br><small>");
            page.text(unit);
            page.raw("</small>");
        }
        page.raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
    let mut rows = table.rows;
    for row in rows.by_ref().take(most) {
        page.raw("<tr>");
        for (entry, column) in row.into_iter().zip(&table.columns) {
            let text = match entry {
                Entry::Missing => String::new(),
                Entry::Text(text) => text,
                Entry::Integer(whole) => whole.to_string(),
                Entry::Real(real) if column.is_coordinate => serde_json::Value::from(real).to_string(),
                Entry::Real(real) => number(real),
                Entry::Estimate(estimate) => match estimate.interval {
                    Some((low, high)) => {
                        format!("{} [{}, {}]", number(estimate.mean), number(low), number(high))
                    }
                    None => number(estimate.mean),
                },
                Entry::Truth(is_so) => yes_or_no(is_so).to_owned(),
                Entry::Json(value) => brief(&value),
            };
            page.raw(if column.is_coordinate { "<td>" } else { "<td class=\"number\">" });
            page.text(&text);
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    let more = rows.count();
    if more > 0 {
        element(page, "p", &format!("{more} more rows are in the table's files."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        let mut page = Html::default();
        element(&mut page, "p", "<img src=x onerror=\"alert('1')\"> & \u{202E}\u{1}");
        assert_eq!(
            page.done(),
            "<p>&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; \u{FFFD}</p>\n"
        );
    }
}
