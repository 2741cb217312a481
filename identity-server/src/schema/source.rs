//! Reading schema documents from files, `base64://` texts and web servers.

use super::SchemaError;
use serde_json::Value;

/// Reads the document of schema `id` from `url`. Returns it with a short name of its source for messages.
///
/// # Errors
/// When it cannot be read, is too large or is no JSON.
pub(super) async fn read(id: &str, url: &str) -> Result<(Value, String), SchemaError> {
    let name = if url.starts_with("base64://") { "base64://…".to_owned() } else { url.to_owned() };
    let error =
        |problem: String| SchemaError { id: id.into(), source_name: name.clone(), pointer: String::new(), problem };
    let bytes = crate::resource::bytes(url).await.map_err(&error)?;
    let document = serde_json::from_slice(&bytes).map_err(|fault| error(format!("this is no JSON: {fault}")))?;
    Ok((document, name))
}
