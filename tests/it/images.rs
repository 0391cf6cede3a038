//! Pictures: made small by us, fetched once, for readers only, and never from where we may not ask.

use std::io::Cursor;

use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage};

use crate::world::{Daemon, Origin, Reply, World, source};

/// A feed with one item for each picture.
fn feed(pictures: &[&str]) -> Reply {
    let items: String = pictures
        .iter()
        .enumerate()
        .map(|(nth, url)| {
            format!(
                "<item><title>Picture {nth}</title><link>http://p.example/{nth}?x=1&amp;y=2</link>\
                 <guid>{nth}</guid><description>Text {nth}</description>\
                 <media:content url=\"{url}\" medium=\"image\" type=\"image/png\"/></item>"
            )
        })
        .collect();
    Reply::rss(format!(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\"><channel><title>P</title>\
         <link>http://p.example/</link><description>d</description>{items}</channel></rss>"
    ))
}

fn png(wide: u32, high: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(wide, high, |x, y| Rgb([x as u8, y as u8, 120]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// Addresses of pictures on a page, in their order, each once.
fn addresses(page: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in page.split("src=\"").skip(1) {
        let address = part.split('"').next().unwrap().to_owned();
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

fn settled(world: &World) -> Daemon {
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    daemon
}

#[test]
fn a_picture_is_fetched_once_for_all_and_made_small() {
    let origin = Origin::start(2);
    origin.put("/p.png", Reply::ok("image/png", png(1600, 900)));
    origin.put("/one", feed(&[&origin.url("/p.png")]));
    let world = World::new(&source("a/one", &origin.url("/one")));
    let daemon = settled(&world);
    let page = daemon.get("/");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("img-src 'self';"), "{policy}");
    let text = page.text();
    assert!(!text.contains("src=\"http"), "{text}");
    let own = addresses(&text);
    assert!(own[0].starts_with("/image/"), "{text}");
    assert!(text.contains(" 2x\""), "{text}");
    assert_eq!(origin.asked("/p.png").len(), 0, "before anybody looks");

    let picture = daemon.get(&own[0]);
    assert_eq!(picture.status, 200);
    assert_eq!(picture.header("content-type"), "image/jpeg");
    assert!(picture.header("cache-control").contains("immutable"));
    let small = image::load_from_memory(&picture.body).unwrap();
    assert_eq!(small.dimensions(), (720, 405));
    assert!(picture.body.len() < 60_000);
    let asked = origin.asked("/p.png");
    assert_eq!(asked.len(), 1);
    let referer = &asked[0].headers["referer"];
    assert_eq!(referer, "http://p.example/0?x=1&y=2");

    assert_eq!(daemon.get(&own[0]).body, picture.body);
    daemon.stop();
    let daemon = settled(&world);
    assert_eq!(addresses(&daemon.get("/").text()), own);
    assert_eq!(daemon.get(&own[0]).body, picture.body);
    assert_eq!(origin.asked("/p.png").len(), 1, "a restart forgets nothing");
}

#[test]
fn nobody_makes_us_fetch_what_we_did_not_offer() {
    let origin = Origin::start(2);
    origin.put("/p.png", Reply::ok("image/png", png(300, 200)));
    origin.put("/one", feed(&[&origin.url("/p.png")]));
    let world = World::new(&source("a/one", &origin.url("/one")));
    let daemon = settled(&world);
    let own = addresses(&daemon.get("/").text()).remove(0);
    let parts: Vec<&str> = own.split('/').collect();
    let wider = own.replace(&format!("/{}/", parts[3]), "/1440/");
    let other = own.replace(parts[2], &"A".repeat(parts[2].len()));
    for path in [
        &*wider,
        &*other,
        "/image/",
        "/image/x/160/y/z",
        "/image/..%2f..%2fetc",
    ] {
        let is_refused = daemon.get(path).status == 404;
        assert!(is_refused || path == own, "{path}");
    }
    assert_eq!(origin.asked("/p.png").len(), 0);
}

#[test]
fn what_is_no_picture_is_not_found_and_left_alone() {
    let origin = Origin::start(2);
    origin.put("/gone.png", Reply::status(404));
    origin.put(
        "/s.svg",
        Reply::ok("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
    );
    origin.put(
        "/page.png",
        Reply::html("<html><body>no picture</body></html>"),
    );
    origin.put("/dot.png", Reply::ok("image/png", png(1, 1)));
    let mut bomb = png(64, 64);
    bomb[16..24].copy_from_slice(&[0, 0, 0x3a, 0x98, 0, 0, 0x3a, 0x98]);
    let sum = crc32fast::hash(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&sum.to_be_bytes());
    origin.put("/bomb.png", Reply::ok("image/png", bomb));
    let paths = ["/gone.png", "/s.svg", "/page.png", "/dot.png", "/bomb.png"];
    let urls: Vec<String> = paths.iter().map(|path| origin.url(path)).collect();
    let mut urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    // Where the guard lets nobody ask.
    urls.push("http://10.0.0.1/p.png");
    urls.push("http://169.254.169.254/latest/meta-data/p.png");
    origin.put("/one", feed(&urls));
    let world = World::new(&source("a/one", &origin.url("/one")));
    let daemon = settled(&world);
    let page = daemon.get("/a/pictures").text();
    let own = addresses(&page);
    assert!(own.len() >= paths.len(), "{page}");
    for address in &own {
        assert_eq!(daemon.get(address).status, 404, "{address}");
        assert_eq!(daemon.get(address).status, 404, "{address}");
    }
    for path in paths {
        assert!(origin.asked(path).len() <= 1, "{path} was asked for again");
    }
    let kept = std::fs::read_dir(world.state().join("images")).unwrap();
    assert_eq!(kept.count(), 0);
}

#[test]
fn pictures_come_from_publishers_or_not_at_all_if_that_is_wanted() {
    for mode in ["direct", "off"] {
        let origin = Origin::start(2);
        let url = origin.url("/p.png");
        origin.put("/one", feed(&[&url]));
        let world = World::with_config(&format!(
            "[server]\nlisten = \"127.0.0.1:0\"\nimages = \"{mode}\"\n\
             [http]\nallow_private = [\"127.0.0.0/8\"]\n{}",
            source("a/one", &origin.url("/one"))
        ));
        let daemon = settled(&world);
        let page = daemon.get("/");
        let policy = page.header("content-security-policy").to_owned();
        let text = page.text();
        assert!(!text.contains("/image/"), "{text}");
        assert_eq!(
            text.contains(&format!("<img src=\"{url}\"")),
            mode == "direct",
            "{text}"
        );
        assert_eq!(policy.contains("https:"), mode == "direct");
        assert_eq!(daemon.get("/image/x/160/y/z").status, 404);
        assert!(!world.state().join("images").exists());
    }
}
