//! Pictures through our proxy.

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::clock;
use crate::model::{ItemId, WebUrl};
use crate::serve::app::App;
use crate::serve::response::error::AppError;
use crate::serve::response::negotiate::is_current;
use crate::store::StoreError;

/// `Cache-Control` of a picture: what an address leads to never changes.
const FOR_GOOD: &str = "public, max-age=2592000, immutable";

/// Serves `/image/{signature}/…`.
///
/// # Errors
///
/// [`AppError::NotFound`] if the address was not made by us or there is no picture,
/// [`AppError::Gone`] if the story it belongs to was taken down.
pub(in crate::serve) async fn show(
    State(app): State<App>,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Path(path) = path.map_err(|_| AppError::NotFound)?;
    let images = app.images.clone().ok_or(AppError::NotFound)?;
    let wanted = images.key().read(&path).ok_or(AppError::NotFound)?;
    let item = wanted.item;
    let asking = app.clone();
    let page = app.cache.render(move || page(&asking, item)).await?;
    let Page::Shown(page) = page else {
        return Err(AppError::Gone);
    };
    let picture = images.get(&wanted, page.as_ref(), clock::now()).await;
    let picture = picture.map_err(|_| AppError::NotFound)?;
    let etag = format!("\"{}\"", &blake3::hash(&picture).to_hex()[..32]);
    let mut response = match is_current(&headers, &etag, None) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(picture).into_response(),
    };
    let about = response.headers_mut();
    let values = [
        (header::CONTENT_TYPE, "image/jpeg"),
        (header::CACHE_CONTROL, FOR_GOOD),
        (header::ETAG, etag.as_str()),
    ];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(value) {
            about.insert(name, value);
        }
    }
    Ok(response)
}

/// Article that a picture stands in.
enum Page {
    /// Published; its address, where the item is still there and has one.
    Shown(Option<WebUrl>),
    /// Page of a story that was taken down.
    Down,
}

/// Looks up the article of an item.
fn page(app: &App, item: ItemId) -> Result<Page, StoreError> {
    let found = app.store.item_page(item)?;
    Ok(match found {
        Some((_, is_down)) if is_down => Page::Down,
        Some((url, _)) => Page::Shown(url),
        None => Page::Shown(None),
    })
}
