//! `gazetted demo` shows everything at once, offline.

use crate::world::{Daemon, gazetted};

#[test]
fn the_demo_publishes_its_papers_and_joins_the_wire() {
    let mut command = gazetted();
    command.args(["demo", "--listen", "127.0.0.1:0"]);
    let demo = Daemon::start(command);
    for source in [
        "haiyue/wangchao/evening",
        "haiyue/songling/daily",
        "beiyuan/yunzhou/news",
        "beiyuan/observer",
    ] {
        demo.wait_for_polls(source, 1);
    }
    demo.wait_for("haiyue/bulletin: the server answered 503");
    let root: serde_json::Value = serde_json::from_str(&demo.get("/index.json").text()).unwrap();
    let items = root["items"].as_array().unwrap();
    let n_copies = |item: &serde_json::Value| {
        item["_gazetted"]["sightings"]
            .as_array()
            .map_or(0, Vec::len)
    };
    let wire = items.iter().max_by_key(|item| n_copies(item)).unwrap();
    assert_eq!(
        n_copies(wire),
        3,
        "the wire story stands once, with three sightings: {wire}"
    );

    let page = demo.get("/").text();
    for text in ["海岳省", "望潮市", "松岭市", "北原省", "云洲市"] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    let songling = demo.get("/haiyue/songling/").text();
    assert!(songling.contains("松岭日报"), "{songling}");
    assert!(
        songling.contains("望潮市"),
        "siblings are the navigation: {songling}"
    );

    let n_before = demo.log().matches("items.new=1").count();
    demo.wait_for_nth("items.new=1", n_before + 1);
    assert!(demo.stop().success());
}
