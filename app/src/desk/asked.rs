//! What the address of a page asks of its table: filters, order, and where to go on. All of it stands
//! in the address, so that a view can be kept, sent to others, and gone back to.

use billing::staff::Part;

use crate::context;

/// Rows of one part of a table.
const ROWS: i64 = 50;
/// Names in the address that are not filters.
const SORT: &str = "sort";
const AFTER: &str = "after";
/// What a form has done that led here. It is said once, and asks nothing of the table.
const DONE: &str = "done";

/// The values after the question mark, in their order. An empty one is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    path: String,
    values: Vec<(String, String)>,
}

impl Asked {
    /// What the address of the page asks.
    pub fn here() -> Self {
        Self::of(
            &context::request()
                .map(|parts| parts.uri)
                .unwrap_or_default(),
        )
    }

    /// What an address asks.
    pub fn of(uri: &http::Uri) -> Self {
        Self::new(uri.path(), uri.query().unwrap_or_default())
    }

    fn new(path: &str, query: &str) -> Self {
        let values = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, value)| name != DONE && !value.trim().is_empty())
            .map(|(name, value)| (name.into_owned(), value.trim().to_owned()))
            .collect();
        Self {
            path: path.to_owned(),
            values,
        }
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A value that is read; what cannot be read is not asked for.
    pub fn read<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// What the table is sorted by: the column's key, if the address names one.
    pub fn sort(&self) -> Option<&str> {
        self.get(SORT).map(|sort| sort.trim_start_matches('-'))
    }

    /// Largest first, unless the address says otherwise.
    fn descending(&self) -> bool {
        self.get(SORT).is_none_or(|sort| sort.starts_with('-'))
    }

    pub fn part(&self) -> Part {
        Part {
            descending: self.descending(),
            after: self.read(AFTER),
            limit: ROWS,
        }
    }

    pub fn is_continued(&self) -> bool {
        self.get(AFTER).is_some()
    }

    /// Whether anything is filtered.
    pub fn is_filtered(&self) -> bool {
        let mut names = self.values.iter().map(|(name, _)| name);
        names.any(|name| name != SORT && name != AFTER)
    }

    /// How a column is sorted now, as `aria-sort` says it.
    pub fn sorted(&self, key: &str, is_default: bool) -> Option<&'static str> {
        let is_sorted = self.sort().map_or(is_default, |sort| sort == key);
        is_sorted.then(|| match self.descending() {
            true => "descending",
            false => "ascending",
        })
    }

    /// The same table from its beginning, sorted by a column: the other way round, if it is already.
    pub fn sorted_by(&self, key: &str, is_default: bool) -> String {
        let sort = match self.sorted(key, is_default) {
            Some("descending") => key.to_owned(),
            _ => format!("-{key}"),
        };
        self.without(&[AFTER]).with(SORT, &sort).href()
    }

    pub fn continued(&self, after: impl ToString) -> String {
        self.clone().with(AFTER, &after.to_string()).href()
    }

    pub fn from_the_beginning(&self) -> String {
        self.without(&[AFTER]).href()
    }

    /// The whole table as a file: what is filtered and how it is sorted stay.
    pub fn exported(&self, path: &str) -> String {
        let mut export = self.without(&[AFTER]);
        path.clone_into(&mut export.path);
        export.href()
    }

    fn without(&self, names: &[&str]) -> Self {
        let mut other = self.clone();
        other
            .values
            .retain(|(name, _)| !names.contains(&name.as_str()));
        other
    }

    fn with(self, name: &str, value: &str) -> Self {
        let mut other = self.without(&[name]);
        other.values.push((name.to_owned(), value.to_owned()));
        other
    }

    fn href(&self) -> String {
        if self.values.is_empty() {
            return self.path.clone();
        }
        let query: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.values)
            .finish();
        format!("{}?{query}", self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_it_all() {
        let asked = Asked::new("/admin/orders", "state=paid&q=a+b&empty=&sort=-amount");
        assert_eq!(asked.get("q"), Some("a b"));
        assert_eq!(asked.get("empty"), None);
        assert_eq!(asked.sorted("amount", false), Some("descending"));
        assert_eq!(asked.sorted("created", true), None);
        assert_eq!(
            asked.continued("7_0"),
            "/admin/orders?state=paid&q=a+b&sort=-amount&after=7_0"
        );
        assert_eq!(
            asked.sorted_by("amount", false),
            "/admin/orders?state=paid&q=a+b&sort=amount"
        );
        assert_eq!(
            asked.exported("/admin/orders.csv"),
            "/admin/orders.csv?state=paid&q=a+b&sort=-amount"
        );
        assert!(asked.is_filtered() && !asked.is_continued());
    }

    #[test]
    fn nothing_asked_is_the_newest_first() {
        let asked = Asked::new("/admin/orders", "done=sent");
        assert_eq!(asked.sorted("created", true), Some("descending"));
        assert_eq!(
            asked.sorted_by("created", true),
            "/admin/orders?sort=created"
        );
        assert_eq!(asked.part(), Part::first(ROWS));
        assert!(!asked.is_filtered());
        assert_eq!(asked.from_the_beginning(), "/admin/orders");
    }
}
