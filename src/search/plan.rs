//! Queries of readers as queries of the index.

use std::ops::Bound;

use jiff::Timestamp;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use super::atoms::{Atoms, LookupTerm};
use super::query::{SearchQuery, SearchWords};
use super::schema::{Fields, name_key};

/// Most terms that are looked up for one query; the rest is passed over.
const MAX_TERMS: usize = 64;

/// Factor by which a word in a headline counts more.
const TITLE_BOOST: f32 = 2.0;

/// Clauses of a query.
type Clauses = Vec<(Occur, Box<dyn Query>)>;

/// Plans a query.
pub(super) fn plan(fields: &Fields, query: &SearchQuery) -> BooleanQuery {
    let mut clauses: Clauses = Vec::new();
    for term in query.words.iter().flat_map(lookups).take(MAX_TERMS) {
        let (must, should) = find(fields, &term);
        clauses.push((Occur::Must, must));
        clauses.extend(should.map(|should| (Occur::Should, should)));
    }
    for words in &query.without {
        let all = lookups(words).into_iter().take(MAX_TERMS);
        let all = all.map(|term| (Occur::Must, find(fields, &term).0));
        clauses.push((Occur::MustNot, Box::new(BooleanQuery::new(all.collect()))));
    }
    let sources = query.sources.iter();
    let sources = sources.flat_map(|name| [name.to_lowercase(), name_key(name)]);
    clauses.extend(any_of(fields.source, sources));
    let channels = query.channels.iter().map(|name| name.to_lowercase());
    clauses.extend(any_of(
        fields.channel,
        channels.filter(|name| !name.is_empty()),
    ));
    let tags = query.tags.iter().map(|name| name_key(name));
    clauses.extend(any_of(fields.tag, tags));
    clauses.extend(between(fields.at, query.after, query.before));
    if !clauses.iter().any(|(occur, _)| *occur == Occur::Must) {
        clauses.push((Occur::Must, Box::new(AllQuery)));
    }
    BooleanQuery::new(clauses)
}

/// Returns how many stories can have all words of the query, at most: as many as have the rarest.
///
/// # Errors
///
/// Those of reading the index.
pub(super) fn n_at_most(
    fields: &Fields,
    query: &SearchQuery,
    searcher: &Searcher,
) -> tantivy::Result<u64> {
    let mut least = searcher.num_docs();
    for term in query.words.iter().flat_map(lookups).take(MAX_TERMS) {
        if let LookupTerm::Whole(text) = term {
            let n_with = searcher.doc_freq(&Term::from_field_text(fields.text, &text))?;
            least = least.min(n_with);
        }
    }
    Ok(least)
}

/// Returns the part of a query that is not older than `since`.
pub(super) fn newer(fields: &Fields, query: &dyn Query, since: Timestamp) -> BooleanQuery {
    let mut clauses: Clauses = vec![(Occur::Must, query.box_clone())];
    clauses.extend(between(fields.at, Some(since), None));
    BooleanQuery::new(clauses)
}

/// Returns the phrases that the index cannot tell from their terms.
pub(super) fn phrases(query: &SearchQuery) -> Vec<Atoms> {
    let phrases = query.words.iter().filter(|words| words.is_phrase);
    let atoms = phrases.map(|words| Atoms::of(&words.text));
    atoms.filter(|atoms| atoms.lookups().len() > 1).collect()
}

fn lookups(words: &SearchWords) -> Vec<LookupTerm> {
    Atoms::of(&words.text).lookups()
}

/// Returns the query for a term, and the one that ranks those higher that have it in a headline.
fn find(fields: &Fields, term: &LookupTerm) -> (Box<dyn Query>, Option<Box<dyn Query>>) {
    let one = |field: Field, text: &str| {
        let term = Term::from_field_text(field, text);
        Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
    };
    match term {
        LookupTerm::Whole(text) => {
            let title = BoostQuery::new(one(fields.title, text), TITLE_BOOST);
            (one(fields.text, text), Some(Box::new(title)))
        }
        LookupTerm::Beginning(first) => (Box::new(beginning(fields.text, *first)), None),
    }
}

/// Returns the query for all terms that begin with a character.
fn beginning(field: Field, first: char) -> RangeQuery {
    let next = (u32::from(first) + 1..).find_map(char::from_u32);
    let bound = |c: char| Term::from_field_text(field, c.encode_utf8(&mut [0; 4]));
    RangeQuery::new(
        Bound::Included(bound(first)),
        next.map_or(Bound::Unbounded, |next| Bound::Excluded(bound(next))),
    )
}

/// Returns the clause of a filter; none without values.
fn any_of(field: Field, names: impl Iterator<Item = String>) -> Option<(Occur, Box<dyn Query>)> {
    let terms: Vec<Box<dyn Query>> = names
        .map(|name| Term::from_field_text(field, &name))
        .map(|term| Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>)
        .collect();
    (!terms.is_empty()).then(|| {
        let any: Box<dyn Query> = Box::new(BooleanQuery::union(terms));
        (Occur::Must, any)
    })
}

/// Returns the clause of a time.
fn between(
    field: Field,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
) -> Option<(Occur, Box<dyn Query>)> {
    if after.is_none() && before.is_none() {
        return None;
    }
    let bound = |at: Timestamp| Term::from_field_i64(field, at.as_second());
    let range = RangeQuery::new(
        after.map_or(Bound::Unbounded, |at| Bound::Included(bound(at))),
        before.map_or(Bound::Unbounded, |at| Bound::Excluded(bound(at))),
    );
    // tantivy would add 1 to the score, but not in a part of the index that lies within the range.
    let unscored = ConstScoreQuery::new(Box::new(range), 0.0);
    Some((Occur::Must, Box::new(unscored)))
}
