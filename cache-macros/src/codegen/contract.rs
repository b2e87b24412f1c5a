use std::time::Duration;

use proc_macro2::TokenStream;
use quote::quote;

use crate::attr::ttl::Ttl;
use crate::model::{Cached, compact};

/// The contract, as the function's documentation states it.
pub(super) fn attribute(function: &Cached) -> TokenStream {
    let line = format!(" {}", line(function));
    let documented = function.item.attrs.iter().any(|attr| attr.path().is_ident("doc"));
    let gap = documented.then(|| quote!(#[doc = ""]));
    quote!(#gap #[doc = #line])
}

fn line(function: &Cached) -> String {
    let ttl = match &function.ttl {
        Ttl::Default => "Cached for the cache's default TTL".to_owned(),
        Ttl::After(duration, _) => format!("Cached {}", spoken(*duration)),
        Ttl::Never => "Cached until evicted".to_owned(),
        Ttl::Expr(expr) => format!("Cached for `{}`", compact(expr)),
    };
    let left_out: Vec<_> = function.left_out().iter().map(|name| format!("`{name}`")).collect();
    let left_out =
        if left_out.is_empty() { String::new() } else { format!("; not in the key: {}", left_out.join(", ")) };
    let each = function.batch.as_ref().map(|batch| format!(", each of `{}` by itself", batch.name)).unwrap_or_default();
    format!("{ttl} under `{}`{each}{left_out}.", function.key.template)
}

/// `1 h 30 min`
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [
        (u128::from(seconds / 86_400), "d"),
        (u128::from(seconds / 3_600 % 24), "h"),
        (u128::from(seconds / 60 % 60), "min"),
        (u128::from(seconds % 60), "s"),
        (u128::from(duration.subsec_millis()), "ms"),
        (u128::from(duration.subsec_nanos() % 1_000_000), "ns"),
    ];
    let parts: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_spoken_in_their_largest_units() {
        assert_eq!(spoken(Duration::from_secs(300)), "5 min");
        assert_eq!(spoken(Duration::from_secs(5_400)), "1 h 30 min");
        assert_eq!(spoken(Duration::from_millis(1_500)), "1 s 500 ms");
    }
}
