//! The body of a submission: a form or JSON, decoded through the identity schema.

use super::Refusal;
use crate::http::request::Req;
use crate::schema::IdentitySchema;
use identity_api::messages;
use serde_json::Value;

/// A decoded body.
#[derive(Clone, Debug)]
pub struct Body(pub Value);

impl Body {
    /// Decodes the body of `req`; `traits` follow `schema`.
    ///
    /// # Errors
    /// A message about the form when the body is neither a form nor a JSON object.
    pub fn decode(req: &Req, schema: &IdentitySchema) -> Result<Self, Refusal> {
        if req.method == http::Method::GET || req.method == http::Method::HEAD {
            return Err(Refusal::message(messages::generic(
                "HTTP method GET is not supported here, only [POST] are supported",
            )));
        }
        match req.content_type().as_deref() {
            Some("application/json") => {
                // Kratos' decoder reads the first value and leaves what follows it alone.
                let mut values = serde_json::Deserializer::from_slice(&req.body).into_iter::<Value>();
                match values.next() {
                    Some(Ok(body @ Value::Object(_))) => Ok(Self(schema.decode_json(body))),
                    Some(Ok(_)) => Err(Refusal::message(messages::generic("the body must be a JSON object"))),
                    Some(Err(error)) => {
                        Err(Refusal::message(messages::generic(&format!("unable to decode the JSON body: {error}"))))
                    }
                    None => Err(Refusal::message(messages::generic("unable to decode the JSON body: it is empty"))),
                }
            }
            Some("application/x-www-form-urlencoded") => {
                let fields: Vec<(String, String)> = url::form_urlencoded::parse(&req.body).into_owned().collect();
                Ok(Self(schema.decode_form(&fields)))
            }
            Some("multipart/form-data") => Ok(Self(Value::Object(serde_json::Map::new()))),
            other => Err(Refusal::message(messages::generic(&format!(
                "the request's content type {:?} is not supported; send application/json or application/x-www-form-urlencoded",
                other.unwrap_or_default()
            )))),
        }
    }

    /// A text field; numbers and objects are taken as their JSON text, `null` as missing.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// A text field that is not empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// The traits, an object if nothing was sent.
    #[must_use]
    pub fn traits(&self) -> Value {
        self.0.get("traits").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()))
    }

    /// `transient_payload`.
    ///
    /// # Errors
    /// 400 when it is no object.
    pub fn transient_payload(&self) -> Result<Option<Value>, Refusal> {
        match self.0.get("transient_payload") {
            None | Some(Value::Null) => Ok(None),
            Some(payload @ Value::Object(_)) => Ok(Some(payload.clone())),
            Some(_) => {
                Err(crate::http::error::ApiError::bad_request("transient_payload must be a JSON object.").into())
            }
        }
    }
}
