//! JSONPath selectors, and how their values are refined.

use serde_json::Value;
use serde_json_path::JsonPath;

use super::price::PathPrice;
use crate::model::Moment;
use crate::source::Setting;
use crate::source::budget::Budget;
use crate::source::refine::Refine;
use crate::source::typed::{self, BadSelector, Part, Trouble, Typed, short};

/// Most values that one selector gives.
const MAX_VALUES: usize = 20_000;

/// Compiled selector: alternatives that are tried in order until one matches.
#[derive(Clone, Debug)]
pub struct JsonSelector {
    ways: Vec<Way>,
}

#[derive(Clone, Debug)]
struct Way {
    /// Path as typed, for messages.
    typed: String,
    path: JsonPath,
    price: PathPrice,
    refine: Refine,
}

impl JsonSelector {
    /// Compiles the alternatives that were typed.
    ///
    /// ```
    /// use gazetted::source::json::JsonSelector;
    /// assert!(JsonSelector::new(&["$.data.list[*]".into(), "items[*]".into()]).is_ok());
    /// assert_eq!(JsonSelector::new(&["$.a[".into()]).unwrap_err().at, 3);
    /// ```
    ///
    /// # Errors
    ///
    /// [`BadSelector`] for the first thing that is wrong, with its place.
    pub fn new(typed: &[Typed]) -> Result<JsonSelector, BadSelector> {
        let ways = typed::each(typed, Way::new)?;
        Ok(JsonSelector { ways })
    }

    /// Returns the path of the first alternative as typed, for messages.
    #[must_use]
    pub fn as_typed(&self) -> &str {
        self.ways.first().map_or("", |way| &way.typed)
    }

    /// Returns all values of the first alternative that has any.
    pub(super) fn values<'v>(&self, root: &'v Value, budget: &Budget) -> Vec<&'v Value> {
        let mut found = self.ways.iter().map(|way| way.values(root, budget));
        found.find(|values| !values.is_empty()).unwrap_or_default()
    }

    /// Whether the selector would look into a list that is there and has nothing in it.
    pub(super) fn is_empty_list(&self, root: &Value, budget: &Budget) -> bool {
        self.ways.iter().any(|way| {
            if !way.price.pay(root, budget) {
                budget.blame(&way.typed);
                return false;
            }
            let outer = way.typed.strip_suffix("[*]").unwrap_or(&way.typed);
            let lists = path(outer).map(|path| path.query(root).all());
            let is_empty = |value: &&Value| value.as_array().is_some_and(Vec::is_empty);
            lists.is_ok_and(|lists| lists.iter().any(is_empty))
        })
    }

    /// Returns the first value as text.
    pub(super) fn value(&self, root: &Value, budget: &Budget) -> Option<String> {
        let mut ways = self.ways.iter();
        ways.find_map(|way| way.texts(root, budget).next())
    }

    /// Returns all values of the first alternative that has any, as text.
    pub(super) fn texts(&self, root: &Value, budget: &Budget) -> Vec<String> {
        let ways = self.ways.iter();
        let mut found = ways.map(|way| way.texts(root, budget).collect());
        found
            .find(|values: &Vec<String>| !values.is_empty())
            .unwrap_or_default()
    }

    /// Returns the first date.
    pub(super) fn date(
        &self,
        root: &Value,
        (budget, setting): (&Budget, &Setting<'_>),
    ) -> Option<Moment> {
        self.ways.iter().find_map(|way| {
            let mut texts = way.texts(root, budget);
            texts.find_map(|text| way.refine.date(&text, setting))
        })
    }
}

impl Way {
    fn new(typed: &Typed) -> Result<Way, Trouble> {
        if typed.attr.is_some() {
            let message = "JSON has no attributes: name the key in the path";
            return Err(Trouble::start(Part::Attr, message));
        }
        short(Part::Path, &typed.path)?;
        Ok(Way {
            typed: typed.path.clone(),
            path: path(&typed.path)?,
            price: PathPrice::of(&typed.path),
            refine: Refine::new(typed)?,
        })
    }

    /// Returns all values; none if the budget is not enough for that.
    fn values<'v>(&self, root: &'v Value, budget: &Budget) -> Vec<&'v Value> {
        if !self.price.pay(root, budget) {
            budget.blame(&self.typed);
            return Vec::new();
        }
        let found = self.path.query(root).all();
        found.into_iter().take(MAX_VALUES).collect()
    }

    fn texts(&self, root: &Value, budget: &Budget) -> impl Iterator<Item = String> {
        let texts = self.values(root, budget).into_iter().filter_map(text);
        texts.filter_map(|text| self.refine.apply(text))
    }
}

/// Compiles `$.data.list[*]`, or short `data.list[*]`; an empty path is the whole document.
fn path(typed: &str) -> Result<JsonPath, Trouble> {
    let typed = typed.trim();
    let (written, n_before) = match typed {
        "" => ("$".to_owned(), 1),
        _ if typed.starts_with('$') => (typed.to_owned(), 0),
        _ if typed.starts_with('[') => (format!("${typed}"), 1),
        _ => (format!("$.{typed}"), 2),
    };
    JsonPath::parse(&written).map_err(|error| {
        let at = error.position().saturating_sub(n_before);
        let message = match typed.get(at..).unwrap_or_default() {
            "" => "not JSONPath: something is missing at its end".to_owned(),
            rest => format!("not JSONPath from here on: `{rest}`"),
        };
        Trouble {
            part: Part::Path,
            at,
            message,
        }
    })
}

/// Returns a value as text, if it is a string or number that is not empty.
pub(super) fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}
