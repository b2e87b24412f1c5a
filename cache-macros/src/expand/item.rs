//! What an attribute stands on. A function's body is not looked into: the compiler has parsed it, and that it stays as it is
//! was never in question.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Block, Expr, FnModifiers, ItemFn, ItemImpl, Result, Stmt, Token, braced};

/// What `#[cached]` goes on.
pub(super) enum Decorated {
    Function(ItemFn),
    Block(ItemImpl),
}

impl Parse for Decorated {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        if input.peek(Token![impl]) || input.peek2(Token![impl]) {
            let mut block: ItemImpl = input.parse()?;
            block.attrs.splice(..0, attrs);
            return Ok(Self::Block(block));
        }
        function(attrs, input).map(Self::Function)
    }
}

fn function(mut attrs: Vec<Attribute>, input: ParseStream<'_>) -> Result<ItemFn> {
    let (vis, sig) = (input.parse()?, input.parse()?);
    let content;
    let brace_token = braced!(content in input);
    attrs.extend(content.call(Attribute::parse_inner)?);
    let stmts = vec![Stmt::Expr(Expr::Verbatim(content.parse()?), None)];
    Ok(ItemFn { attrs, vis, modifiers: FnModifiers::default(), sig, block: Box::new(Block { brace_token, stmts }) })
}
