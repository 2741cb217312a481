//! Go's `text/template` with the sprig functions that access rules and mail templates use.
//!
//! Templates are compiled once, when a configuration is loaded: an unknown function, a parse error or an
//! undefined variable is refused there, with line and column. Rendering is bounded in steps and output, does
//! no I/O and knows neither clock nor randomness nor the environment of the process.
//!
//! Values print exactly as Go prints them (`%v`): JSON numbers are float64 (`1.657257973e+09`), maps are sorted
//! (`map[a:1 b:2]`), lists are `[a b]`, what is missing is `<no value>`.
//!
//! ```
//! use go_template::{Functions, Template, Value};
//! let template = Template::parse("greeting", "Hello {{ .name | upper }}", &Functions::sprig()).unwrap();
//! let data = Value::from_json(&serde_json::json!({ "name": "ada" }));
//! assert_eq!(template.render(&data).unwrap(), "Hello ADA");
//! ```

mod ast;
mod escape;
mod exec;
mod format;
mod funcs;
mod html;
mod json;
mod lex;
mod parse;
mod template;
mod value;

pub use ast::FieldUse;
pub use escape::Document;
pub use format::{display, number};
pub use funcs::{Function, Functions};
pub use json::{from_json_text, to_json};
pub use template::{Limits, ParseError, RenderError, Template};
pub use value::{Map, Object, Value};
