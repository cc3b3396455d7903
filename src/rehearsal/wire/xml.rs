//! Writing XML answers: elements, lists and escaping.

use std::fmt::Display;

/// A growing XML fragment.
#[derive(Debug, Default)]
pub struct Xml {
    text: String,
}

impl Xml {
    /// `<name>value</name>`.
    pub fn leaf(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.open(name);
        self.escaped(&value.to_string());
        self.close(name)
    }

    /// A leaf, or nothing where there is no value.
    pub fn leaf_if(&mut self, name: &str, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.leaf(name, value),
            None => self,
        }
    }

    /// `<name>…</name>` around what `write` writes.
    pub fn node(&mut self, name: &str, write: impl FnOnce(&mut Xml)) -> &mut Self {
        self.open(name);
        write(self);
        self.close(name)
    }

    /// `<name><item>…</item>…</name>`: EC2's lists.
    pub fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        write: impl FnMut(&mut Xml, T),
    ) -> &mut Self {
        self.rows(name, "item", items, write)
    }

    /// `<name><member>…</member>…</name>`: the lists of IAM and STS.
    pub fn members<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        write: impl FnMut(&mut Xml, T),
    ) -> &mut Self {
        self.rows(name, "member", items, write)
    }

    /// An EC2 list of plain texts.
    pub fn texts<T: Display>(&mut self, name: &str, items: impl IntoIterator<Item = T>) -> &mut Self {
        self.list(name, items, |x, item| x.escaped(&item.to_string()))
    }

    /// A text of its own, for a list whose rows are texts.
    pub fn text(&mut self, value: &str) {
        self.escaped(value);
    }

    fn rows<T>(
        &mut self,
        name: &str,
        row: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Xml, T),
    ) -> &mut Self {
        self.open(name);
        for item in items {
            self.open(row);
            write(self, item);
            self.close(row);
        }
        self.close(name)
    }

    fn open(&mut self, name: &str) {
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
    }

    fn close(&mut self, name: &str) -> &mut Self {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
        self
    }

    fn escaped(&mut self, value: &str) {
        for letter in value.chars() {
            match letter {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\r' => self.text.push_str("&#xD;"),
                // XML 1.0 has no way to write the other control characters.
                control if (control as u32) < 0x20 && control != '\n' && control != '\t' => self.text.push('\u{fffd}'),
                other => self.text.push(other),
            }
        }
    }

    /// The answer of an EC2 action.
    pub fn into_ec2(self, action: &str, request_id: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
             <requestId>{request_id}</requestId>{}</{action}Response>",
            self.text
        )
    }

    /// The answer of an IAM or STS action.
    pub fn into_query(self, action: &str, namespace: &str, request_id: &str) -> String {
        format!(
            "<{action}Response xmlns=\"{namespace}\"><{action}Result>{}</{action}Result>\
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>",
            self.text
        )
    }

    /// An EC2 error document.
    pub fn ec2_error(code: &str, message: &str, request_id: &str) -> String {
        let mut x = Self::default();
        x.node("Response", |x| {
            x.node("Errors", |x| {
                x.node("Error", |x| {
                    x.leaf("Code", code).leaf("Message", message);
                });
            });
            x.leaf("RequestID", request_id);
        });
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", x.text)
    }

    /// An IAM or STS error document.
    pub fn query_error(code: &str, message: &str, status: u16, namespace: &str, request_id: &str) -> String {
        let mut x = Self::default();
        x.node("Error", |x| {
            x.leaf("Type", if status < 500 { "Sender" } else { "Receiver" })
                .leaf("Code", code)
                .leaf("Message", message);
        });
        x.leaf("RequestId", request_id);
        format!("<ErrorResponse xmlns=\"{namespace}\">{}</ErrorResponse>", x.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_lists_are_wrapped() {
        let mut x = Xml::default();
        x.leaf("a", "<&>\"\u{1}").texts("set", ["x", "y"]).leaf_if("none", None::<u8>);
        assert_eq!(x.text, "<a>&lt;&amp;&gt;&quot;\u{fffd}</a><set><item>x</item><item>y</item></set>");
    }
}
