//! The bytes on the wire: what comes in (forms, JSON) and what goes out (XML, JSON, errors).

pub mod error;
pub mod form;
pub mod json;
pub mod request;
pub mod xml;

pub use error::{AwsError, Outcome};
pub use form::Form;
pub use request::{Request, Response};
pub use xml::Xml;
