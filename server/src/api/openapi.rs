//! The API as a document that programs read, made of the code that answers.

use axum::Json;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, OpenApi as Document, Ref, RefOr, Response,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    Problem, books, credits, customers, events, explain, grants, holds, orders, reversals, spend,
    transactions,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tender",
        description = "Credits for products that sell their work: ask, spend, set aside, give, and \
                       wait for a payment. Errors are application/problem+json; a POST that is sent \
                       again under the same Idempotency-Key is done once. Every answer tells in \
                       RateLimit how many requests are left to its key."
    ),
    paths(
        customers::create,
        customers::show,
        credits::balance,
        credits::entries,
        explain::entry,
        explain::explanation,
        reversals::reverse,
        spend::spend,
        grants::grant,
        holds::create,
        holds::show,
        holds::capture,
        holds::release,
        orders::list,
        transactions::list,
        transactions::show,
        transactions::events,
        events::list,
        books::show,
    ),
    components(schemas(transactions::Amount, Problem)),
    security(("key" = [])),
    modifiers(&Keys, &Problems),
)]
pub struct Api;

/// How programs show who they are.
struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key made by `tender keys add NAME`"))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// What every route may answer, and every one that changes something.
const EVERYWHERE: [(&str, &str); 4] = [
    ("400", "A parameter or the body cannot be read"),
    ("401", "No valid key came"),
    ("429", "Too many requests with this key"),
    ("default", "Whatever else went wrong"),
];
const WHERE_SOMETHING_CHANGES: [(&str, &str); 3] = [
    ("403", "The key may only read"),
    ("413", "The body is too long"),
    ("415", "The body is not said to be JSON"),
];

/// Whether an answer is told of every route like this.
pub fn is_usual(status: &str, words: &str) -> bool {
    let mut usual = EVERYWHERE.into_iter().chain(WHERE_SOMETHING_CHANGES);
    usual.any(|usual| usual == (status, words))
}

/// Whatever goes wrong, at whichever route, is told as a [`Problem`].
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut Document) {
        let told = |mut answer: Response| {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            let kind = "application/problem+json".to_owned();
            answer.content.insert(kind, problem.into());
            RefOr::T(answer)
        };
        for path in document.paths.paths.values_mut() {
            let gets = path.get.iter_mut().zip(std::iter::repeat(&[][..]));
            let posts = path.post.iter_mut();
            let posts = posts.zip(std::iter::repeat(&WHERE_SOMETHING_CHANGES[..]));
            for (operation, more) in gets.chain(posts) {
                let answers = &mut operation.responses.responses;
                for (status, words) in EVERYWHERE.iter().chain(more) {
                    let usual = || Response::new(*words).into();
                    answers.entry((*status).to_owned()).or_insert_with(usual);
                }
                for (status, answer) in answers.iter_mut() {
                    if !status.starts_with('2')
                        && let RefOr::T(plain) = answer
                    {
                        *answer = told(std::mem::take(plain));
                    }
                }
            }
        }
    }
}

pub async fn document() -> Json<Document> {
    Json(Api::openapi())
}
