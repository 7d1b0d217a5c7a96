//! A letter as it arrived, and questions about it.

#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) raw: Vec<u8>,
}

impl Letter {
    pub(crate) fn new(to: &str, raw: Vec<u8>) -> Self {
        Self { to: to.to_owned(), raw }
    }

    /// The value of a header field, on one line; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        let text = String::from_utf8_lossy(&self.raw).replace("\r\n ", " ").replace("\r\n\t", " ");
        let head = text.split("\r\n\r\n").next().unwrap_or_default();
        let field = head.lines().filter_map(|line| line.split_once(':')).find(|(n, _)| n.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    }

    /// Its words, whatever was done to fit them into lines.
    pub(crate) fn says(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.raw).replace("=\r\n", "").replace("\r\n", " ").contains(words)
    }
}
