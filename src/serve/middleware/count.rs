//! Count: every answer, by the pattern of its address and its status.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::serve::app::App;

/// Counts an answer. Requests for no route at all share one name.
pub(in crate::serve) async fn count(
    State(app): State<App>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    app.metrics.request(route, response.status().as_u16());
    response
}
