//! stub
use crate::{config::Config, model::WebUrl, store::Store};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
pub struct App;
impl App {
    pub fn new(_s: Arc<Store>, _c: watch::Receiver<Arc<Config>>, _u: WebUrl) -> App {
        App
    }
}
pub async fn run(_a: App, _l: TcpListener, _s: CancellationToken) -> anyhow::Result<()> {
    todo!()
}
