//! A hostile server: whatever it is sent, it repeats, in bodies, headers and addresses, also decoded.
//!
//! It is also a proxy: a request line with a whole address is answered like one with its path.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use base64::Engine as _;

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Good rows that repeat it in their texts and addresses.
    Rows,
    /// Rows that cannot be used, since a date or an amount is what was sent.
    Rejected,
    /// 401, a message that repeats it.
    Unauthorized,
    /// An error inside a success.
    Wrapped,
    /// A page for people.
    Html,
    /// JSON that breaks off.
    Broken,
    /// 500.
    Fails,
    /// 429, for an hour.
    Limited,
    /// To another server for now, with it in the address.
    Redirect(SocketAddr),
    /// To another address of its own for good, with it in the path.
    Moved,
    /// A next page with it in its address.
    Next,
    /// Closes the connection.
    Reset,
    /// 407, as a proxy says that it wants a password.
    Proxy407,
    /// A token of OAuth2.
    Token(&'static str),
    /// What a claim of SimpleFIN gives: this access URL, with its own address for `ADDR`.
    Access(&'static str),
    /// 403.
    Forbidden,
}

/// A running server; it ends when it is dropped.
pub(crate) struct Mirror {
    pub(crate) addr: SocketAddr,
    seen: Arc<Mutex<String>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Mirror {
    pub(crate) fn start(kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(String::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (seen_too, stop_too) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop_too.load(Ordering::SeqCst) {
                    break;
                }
                // Every request is short and its answer too; one after the other will do.
                if let Ok(stream) = stream {
                    serve(stream, kind, addr, &seen_too);
                }
            }
        });
        Self {
            addr,
            seen,
            stop,
            thread: Some(thread),
        }
    }

    /// Everything it was sent, also decoded.
    pub(crate) fn seen(&self) -> String {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.addr);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: TcpStream, kind: Kind, addr: SocketAddr, seen: &Mutex<String>) {
    // A client that thinks better of it must not hold up the others.
    let wait = std::time::Duration::from_secs(10);
    stream.set_read_timeout(Some(wait)).unwrap();
    let Some(request) = read(&mut stream) else {
        return;
    };
    let said = decoded(&request);
    seen.lock().unwrap().push_str(&said);
    // What is meant for a proxy goes no further, and so no server can repeat it; a proxy that refuses can.
    let own =
        request.to_ascii_lowercase().contains("proxy-authorization") && kind != Kind::Proxy407;
    let said = if own {
        "through a proxy".to_owned()
    } else {
        said
    };
    let path = request.split(' ').nth(1).unwrap_or("/").to_owned();
    let answer = answer(kind, addr, &path, &said);
    let _ = stream.write_all(answer.as_bytes());
}

/// Head and body of a request; `None`: it was none.
fn read(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let got = stream.read(&mut part).ok().filter(|got| *got > 0)?;
        bytes.extend_from_slice(&part[..got]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, length)| length.trim().parse().ok())
            .unwrap_or(0);
        if body.len() >= length {
            return Some(text.into_owned());
        }
    }
}

/// The request, and what of it a server can decode.
fn decoded(request: &str) -> String {
    let mut said = request.to_owned();
    for word in request.split_whitespace() {
        if let Ok(plain) = base64::engine::general_purpose::STANDARD.decode(word) {
            said.push_str(&String::from_utf8_lossy(&plain));
            said.push('\n');
        }
    }
    let target = request.split(' ').nth(1).unwrap_or_default();
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    for pairs in [query, body] {
        for (name, value) in url::form_urlencoded::parse(pairs.as_bytes()) {
            said.push_str(&format!("{name}: {value}\n"));
        }
    }
    said
}

fn answer(kind: Kind, addr: SocketAddr, path: &str, said: &str) -> String {
    let json = |value: serde_json::Value| value.to_string();
    let encoded: String = url::form_urlencoded::byte_serialize(said.as_bytes()).collect();
    // A long address is refused before anybody could show it.
    let short: String = encoded.chars().take(6000).collect();
    let ok = || json(serde_json::json!([{ "id": "1", "title": "landed" }]));
    let (status, content_type, more, body) = match kind {
        Kind::Moved if path.contains("landed") => {
            ("200 OK", "application/json", String::new(), ok())
        }
        Kind::Rows => (
            "200 OK",
            "application/json",
            format!("Link: <http://{addr}/feed?{short}>; rel=\"alternate\"\r\n"),
            json(serde_json::json!([
                { "id": "1", "title": said, "url": format!("http://{addr}/read?api-key={short}") },
                { "id": said, "title": "by its id", "text": said },
            ])),
        ),
        Kind::Rejected => (
            "200 OK",
            "application/json",
            String::new(),
            json(serde_json::json!([
                { "id": "1", "title": "good" },
                { "id": "2", "title": { "not": said }, "at": said, "amount": said },
            ])),
        ),
        Kind::Unauthorized => (
            "401 Unauthorized",
            "application/json",
            "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n".to_owned(),
            json(
                serde_json::json!({ "message": said, "error": "invalid_token", "error_description": said }),
            ),
        ),
        Kind::Wrapped => (
            "200 OK",
            "application/json",
            String::new(),
            json(
                serde_json::json!({ "status": "error", "code": said, "message": said, "errors": [said], "accounts": [] }),
            ),
        ),
        Kind::Html => (
            "200 OK",
            "text/html",
            String::new(),
            format!(
                "<!doctype html><html><head><title>{said}</title></head><body>{said}</body></html>"
            ),
        ),
        Kind::Broken => (
            "200 OK",
            "application/json",
            String::new(),
            format!("[{{\"id\": {}, {said}", serde_json::json!(said)),
        ),
        Kind::Fails => (
            "500 Internal Server Error",
            "text/plain",
            String::new(),
            said.to_owned(),
        ),
        Kind::Limited => (
            "429 Too Many Requests",
            "application/json",
            "Retry-After: 3600\r\n".to_owned(),
            json(serde_json::json!({ "message": said })),
        ),
        Kind::Redirect(to) => (
            "302 Found",
            "text/plain",
            format!("Location: http://{to}/landed?token={short}\r\n"),
            said.to_owned(),
        ),
        Kind::Moved => (
            "301 Moved Permanently",
            "text/plain",
            format!("Location: /landed/{short}?who={short}\r\n"),
            said.to_owned(),
        ),
        Kind::Next => (
            "200 OK",
            "application/json",
            format!("Link: </more/{short}?page=2&who={short}>; rel=\"next\"\r\n"),
            ok(),
        ),
        Kind::Reset => return String::new(),
        Kind::Proxy407 => (
            "407 Proxy Authentication Required",
            "text/plain",
            "Proxy-Authenticate: Basic realm=\"m\"\r\n".to_owned(),
            said.to_owned(),
        ),
        Kind::Token(token) => (
            "200 OK",
            "application/json",
            String::new(),
            json(
                serde_json::json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }),
            ),
        ),
        Kind::Access(_) if path.contains("accounts") => (
            "200 OK",
            "application/json",
            String::new(),
            json(serde_json::json!({ "errors": [said], "accounts": [{
                "id": said, "name": said, "currency": "EUR", "balance": "1.00", "balance-date": 1795132800,
                "transactions": [{ "id": said, "posted": 1795046400, "amount": "-1.00", "description": said, "payee": said }],
            }] })),
        ),
        Kind::Access(url) => (
            "200 OK",
            "text/plain",
            String::new(),
            url.replace("ADDR", &addr.to_string()),
        ),
        Kind::Forbidden => (
            "403 Forbidden",
            "text/plain",
            String::new(),
            said.to_owned(),
        ),
    };
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n{body}",
        body.len()
    )
}
