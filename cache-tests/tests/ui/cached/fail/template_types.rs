use cache_core::cached;

struct Filter {
    ratio: f64,
}

#[cached(key = "list:{filter.ratio}")]
fn field_is_no_key(filter: &Filter) -> f64 {
    filter.ratio
}

#[cached(key = "list:{filter.status}")]
fn no_such_field(filter: &Filter) -> f64 {
    filter.ratio
}

#[cached(key = "list:{page|lower}")]
fn lower_is_for_text(page: u32) -> u32 {
    page
}

#[cached(key(filter.ratio))]
fn expression_is_no_key(filter: &Filter) -> f64 {
    filter.ratio
}

#[cached(key(ratio: u64 = filter.ratio))]
fn own_parameter_has_another_type(filter: &Filter) -> f64 {
    filter.ratio
}

fn main() {}
