//! The network as a picture: segments, the boundary around them, every flow with its ports, endpoints, and the way that
//! content takes. Pure: a [`Scene`] is made of a blueprint, and drawn as SVG, or written as DOT or Mermaid.

mod columns;
mod dot;
mod layout;
mod measure;
mod mermaid;
mod place;
mod route;
mod scene;
mod spread;
mod svg;

pub use dot::dot;
pub use mermaid::mermaid;
pub use scene::{Column, Flow, Look, NetworkScene, Node, Scene};
pub use svg::svg;

#[cfg(test)]
mod tests;
