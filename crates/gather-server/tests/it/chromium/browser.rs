//! A Chromium of one's own, and what is asked of the page that it shows.

use std::{path::Path, time::Duration};

use fantoccini::{
    Client, ClientBuilder, Locator,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use serde_json::{Value, json};

use super::driver::{self, Driver};
use crate::world::{PASSWORD, World};

/// How a browser looks at a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
    pub(crate) scripts: bool,
}

impl Look {
    pub(crate) const WIDE: Self = Self {
        width: 1440,
        height: 900,
        dark: false,
        scripts: true,
    };
    pub(crate) const NARROW: Self = Self {
        width: 360,
        height: 740,
        ..Self::WIDE
    };

    pub(crate) fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    pub(crate) fn without_scripts(self) -> Self {
        Self {
            scripts: false,
            ..self
        }
    }
}

/// A browser that shows pages of a server.
pub(crate) struct Chromium {
    pub(crate) client: Client,
    url: String,
    // In this order: the browser ends before the folder goes that it writes into.
    _driver: Driver,
    _profile: tempfile::TempDir,
}

/// A command of Chromium's own, beyond what every browser has.
#[derive(Debug)]
struct Cdp(&'static str, Value);

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = json!({"cmd": self.0, "params": self.1});
        (http::Method::POST, Some(body.to_string()))
    }
}

impl Chromium {
    /// Opens a browser for the pages of a world.
    pub(crate) async fn open(world: &World, look: Look) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let (process, port) = driver::begin().await;
        let scripts = if look.scripts { 1 } else { 2 };
        let options = json!({
            "goog:chromeOptions": {
                "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--no-first-run", "--disable-extensions", "--disable-background-networking",
                    // Whoever asks another host than the server's is told that there is none.
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                    // Letters in one tone, so that a picture of them is small.
                    "--disable-lcd-text", "--lang=en-GB", "--force-device-scale-factor=1", "--hide-scrollbars",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "prefs": {"profile.managed_default_content_settings.javascript": scripts},
            },
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let Value::Object(options) = options else {
            unreachable!("it is written as an object")
        };
        let capabilities: Capabilities = options.into_iter().collect();
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        let browser = &client.capabilities().unwrap()["goog:processID"];
        let driver = Driver::of(process, browser.as_i64().unwrap());
        let chromium = Self {
            client,
            url: world.url.trim_end_matches('/').to_owned(),
            _driver: driver,
            _profile: profile,
        };
        chromium.look(look).await;
        chromium
    }

    /// Looks at the pages differently from now on.
    pub(crate) async fn look(&self, look: Look) {
        let size = json!({
            "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.cdp("Emulation.setEmulatedMedia", media).await;
    }

    async fn cdp(&self, command: &'static str, parameters: Value) -> Value {
        let answer = self.client.issue_cmd(Cdp(command, parameters)).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub(crate) async fn goto(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.url))
            .await
            .unwrap();
    }

    /// Where it is, as a path with its query.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        let whole = url.as_str();
        whole.strip_prefix(&self.url).unwrap_or(whole).to_owned()
    }

    /// Signs in on the page of the login, and waits for the page behind it.
    pub(crate) async fn sign_in(&self, user: &str) {
        if !self.path().await.starts_with("/login") {
            self.goto("/login").await;
        }
        self.fill("name", user).await;
        self.fill("password", PASSWORD).await;
        self.press("main button.main").await;
        self.until("it is signed in", || async { self.see("nav.nav").await })
            .await;
    }

    /// Writes into a field of the form, in place of what is there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        self.write(&format!("main [name=\"{name}\"]:not([type=hidden])"), text)
            .await;
    }

    /// The same with one field of several that are called alike.
    pub(crate) async fn write(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses in a list of choices.
    pub(crate) async fn choose(&self, name: &str, value: &str) {
        let list = self.find(&format!("main select[name=\"{name}\"]")).await;
        list.select_by_value(value).await.unwrap();
    }

    /// Gives a field of a day its value, which browsers let people write in as many ways as there are languages.
    pub(crate) async fn set(&self, name: &str, value: &str) {
        let script = format!("document.querySelector('main [name=\"{name}\"]').value = '{value}'");
        self.script(&script).await;
    }

    /// What a field has.
    pub(crate) async fn value(&self, name: &str) -> String {
        let css = format!("main :is(select, input:not([type=hidden]))[name=\"{name}\"]");
        let script = format!("return document.querySelector('{css}').value");
        self.script(&script).await.as_str().unwrap().to_owned()
    }

    pub(crate) async fn find(&self, css: &str) -> fantoccini::elements::Element {
        match self.client.find(Locator::Css(css)).await {
            Ok(found) => found,
            Err(error) => panic!("no {css} at {}: {error}", self.path().await),
        }
    }

    pub(crate) async fn press(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Types keys at wherever the focus is.
    pub(crate) async fn keys(&self, keys: &str) {
        self.client
            .active_element()
            .await
            .unwrap()
            .send_keys(keys)
            .await
            .unwrap();
    }

    /// Whether something is there to be seen.
    pub(crate) async fn see(&self, css: &str) -> bool {
        match self.client.find(Locator::Css(css)).await {
            Ok(found) => found.is_displayed().await.unwrap_or(false),
            Err(error) => {
                let is_missing = error.is_no_such_element()
                    || matches!(&error, fantoccini::error::CmdError::Standard(it)
                        if it.error() == "stale element reference");
                assert!(is_missing, "{css}: {error}");
                false
            }
        }
    }

    /// The text of the first that matches; empty where nothing does.
    pub(crate) async fn text(&self, css: &str) -> String {
        match self.client.find(Locator::Css(css)).await {
            Ok(found) => found.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// Runs a script in the page, and what it returns.
    pub(crate) async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until a text has words in it.
    pub(crate) async fn reads(&self, css: &str, words: &str) {
        self.until(&format!("“{words}” in {css}"), || async {
            self.text(css).await.contains(words)
        })
        .await;
    }

    /// Waits until something is to be seen.
    pub(crate) async fn shows(&self, css: &str) {
        self.until(&format!("{css} is seen"), || async { self.see(css).await })
            .await;
    }

    /// Waits until it is somewhere.
    pub(crate) async fn arrives(&self, path: &str) {
        self.until(path, || async { self.path().await == path })
            .await;
    }

    /// From now on it can be told whether the page was loaded again.
    pub(crate) async fn stay(&self) {
        self.script("window.stayed = true").await;
    }

    /// Whether the page is the one that was there at [`stay`](Self::stay).
    pub(crate) async fn has_stayed(&self) -> bool {
        self.script("return window.stayed === true").await == true
    }

    /// Waits until something is so on the page.
    pub(crate) async fn until<F: Future<Output = bool>>(
        &self,
        what: &str,
        mut is: impl FnMut() -> F,
    ) {
        for _ in 0..400 {
            if is().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let body = self.text("body").await;
        panic!("never: {what}; at {}: {body}", self.path().await);
    }

    /// Checks that nobody is kept out of the page that is shown: by axe-core, all rules of WCAG 2.2 A and AA and its
    /// best practices.
    pub(crate) async fn is_accessible(&self) {
        let home = std::env::var_os("GATHER_TEST_AXE")
            .expect("GATHER_TEST_AXE says where axe-core is: run `cargo xtask test`");
        let axe = std::fs::read_to_string(Path::new(&home).join("axe.min.js")).unwrap();
        self.client.execute(&axe, Vec::new()).await.unwrap();
        let check = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
                (found) => done(found.violations.map((it) =>
                    `${it.id}: ${it.help}: ${it.nodes.map((node) => node.html.slice(0, 200) + ' ' + node.failureSummary).join('\\n')}`)),
                (error) => done([String(error)]));";
        let found = self.client.execute_async(check, Vec::new()).await.unwrap();
        let found = found.as_array().cloned().unwrap_or_default();
        assert!(found.is_empty(), "{}: {found:#?}", self.path().await);
    }

    /// Checks that nothing on the page is wider than it.
    pub(crate) async fn fits(&self) {
        let script = "const wide = document.documentElement.clientWidth;
            return [document.documentElement.scrollWidth <= wide, [...document.querySelectorAll('body *')]
                .filter((it) => it.getBoundingClientRect().right > wide + 1 && !it.closest('.sr, .skip, svg'))
                .slice(0, 5).map((it) => it.outerHTML.slice(0, 120))];";
        let answer = self.script(script).await;
        assert_eq!(
            answer[0],
            true,
            "{} scrolls sideways: {answer:#}",
            self.path().await
        );
    }

    /// What the page complained of to the console: refused by its own policy, not found, wrong scripts.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        #[derive(Debug)]
        struct Log;
        impl WebDriverCompatibleCommand for Log {
            fn endpoint(
                &self,
                base: &url::Url,
                session: Option<&str>,
            ) -> Result<url::Url, url::ParseError> {
                base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
            }
            fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
                (
                    http::Method::POST,
                    Some(json!({"type": "browser"}).to_string()),
                )
            }
        }
        let log = self.client.issue_cmd(Log).await.unwrap();
        let entries = log.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The page as a picture, all of its height.
    pub(crate) async fn picture(&self, file: &Path) {
        let parameters = json!({"format": "png", "captureBeyondViewport": false});
        let answer = self.cdp("Page.captureScreenshot", parameters).await;
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(answer["data"].as_str().unwrap())
            .unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}
