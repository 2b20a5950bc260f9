// Every page that there is, in the order in which docs/PAGES.md shows them.

export type Picture = {
  name: string
  /** The address, as it stands in the tables of the routes. */
  route: string
  /** What it answers, or is there for. */
  says: string
  /** With which status, if not 200. */
  status?: number
}

const picture = (name: string, route: string, says: string, status = 200): Picture => ({ name, route, says, status })

const shop = [
  picture('home', '/', 'What is sold, and for how much?'),
  picture('home-member', '/', 'The same for somebody with a plan'),
  picture('sign-up', '/sign-up', 'A new account'),
  picture('sign-up-wrong', '/sign-up', 'What cannot be taken, at its field', 422),
  picture('sign-in', '/sign-in', 'Coming back'),
  picture('forgot', '/forgot', 'A link for a new password'),
  picture('reset', '/reset/:secret', 'A new password, by the link of a mail'),
  picture('confirm', '/confirm/:secret', 'Is this your address?'),
  picture('buy', '/buy/:pack', 'What a pack brings and costs, before it is ordered'),
  picture('plan', '/plans/:plan', 'The same of a plan'),
  picture('trial', '/trial', 'Credits for nothing, for a card that works'),
  picture('checkout', '/checkout/:order', 'An order, and the fields of a card'),
  picture('checkout-code', '/checkout/:order', 'An order with a code'),
  picture('checkout-declined', '/checkout/:order', 'The bank says no: why, and what now?'),
  picture('checkout-challenge', '/checkout/:order', 'The bank asks: 3-D Secure'),
  picture('checkout-elsewhere', '/checkout/:order', 'An order that is open on the page of the gateway'),
  picture('transaction-done', '/transactions/:id', 'The credits are there'),
  picture('transaction-on-its-way', '/transactions/:id', 'Money that takes days'),
  picture('transaction-canceled', '/transactions/:id', 'An order that was given up'),
  picture('receipt', '/orders/:order/receipt', 'The receipt of a pack'),
  picture('receipt-plan', '/transactions/:transaction/receipt', 'The receipt of a period of a plan'),
  picture('studio-visitor', '/studio', 'The demo product, from outside'),
  picture('studio', '/studio', 'Spending credits'),
  picture('studio-run-out', '/studio', 'Too few credits: how many, and which pack helps?', 402),
  picture('studio-picture', '/studio/:id', 'What the credits were spent on'),
  picture('account', '/account', 'How many credits, and from where?'),
  picture('account-statement', '/account', 'Every entry, with its receipt'),
  picture('account-behind', '/account', 'A renewal that was not paid'),
  picture('pay', '/pay/:transaction', 'Paying it'),
  picture('account-plan', '/account/plan', 'The plan, and others'),
  picture('account-plan-change', '/account/plan/change', 'What another plan costs, before it is taken'),
  picture('account-plan-cancel', '/account/plan/cancel', 'What becomes of the credits when a plan ends'),
  picture('account-card', '/account/cards/add', 'A card for later'),
  picture('account-card-remove', '/account/cards/:id/remove', 'A card less'),
  picture('account-email', '/account/email', 'Another address'),
  picture('account-password', '/account/password', 'Another password'),
  picture('account-close', '/account/close', 'What stays when an account is closed'),
  picture('docs', '/docs', 'The API, made from the code that answers'),
  picture('not-found', '/no/such/page', 'There is nothing here', 404),
]

const work = [
  picture('desk', '/admin', 'How does the shop do, and is anything wrong?'),
  picture('desk-charts', '/admin', 'How did it do before?'),
  picture('desk-attention', '/admin/attention', 'What waits for a person?'),
  picture('desk-customers', '/admin/customers', 'All customers'),
  picture('desk-customer', '/admin/customers/:id', 'Who is it, and why is their balance what it is?'),
  picture('desk-customer-statement', '/admin/customers/:id', 'Every entry of a customer'),
  picture('desk-customer-plan', '/admin/customers/:id/plan', 'Another plan for a customer'),
  picture('desk-customer-plan-sure', '/admin/customers/:id/plan', 'What that does, before it is done'),
  picture('desk-give', '/admin/customers/:id/give', 'Credits for nothing'),
  picture('desk-give-sure', '/admin/customers/:id/give', 'So many that a second person is asked'),
  picture('desk-take', '/admin/customers/:id/take', 'Credits back'),
  picture('desk-proposal', '/admin/proposals/:id', 'What somebody else wants to do, and what it would do now'),
  picture('desk-view', '/admin/customers/:id/view', 'Before one sees what a customer sees'),
  picture('desk-view-account', '/account', 'A customer’s own page, seen by staff'),
  picture('desk-view-closed', '/studio', 'What is closed to who only looks', 403),
  picture('desk-transactions', '/admin/transactions', 'All payments'),
  picture('desk-transaction', '/admin/transactions/:id', 'What happened to a payment, step by step?'),
  picture('desk-refund', '/admin/transactions/:id/refund', 'Money back'),
  picture('desk-refund-sure', '/admin/transactions/:id/refund', 'What that does to the credits, before it is done'),
  picture('desk-search', '/admin/search', 'Whatever a customer can name'),
  picture('desk-inbox', '/admin/inbox', 'What did the gateway say, and what came of it?'),
  picture('desk-event', '/admin/inbox/:event', 'One event'),
  picture('desk-mails', '/admin/mails', 'What was written to customers?'),
  picture('desk-mail', '/admin/mails/:mail', 'A mail as its reader sees it'),
  picture('desk-deliveries', '/admin/deliveries', 'What was told to products?'),
  picture('desk-reconciliation', '/admin/reconciliation', 'Which days were compared with the gateway’s books?'),
  picture('desk-upload', '/admin/reconciliation/upload', 'Comparing a settlement file'),
  picture('desk-run', '/admin/reconciliation/:run', 'What differs?'),
  picture('desk-finding', '/admin/findings/:finding', 'One difference, both sides, and what can be done'),
]

const office = [
  picture('desk-catalogue', '/admin/catalogue', 'What is and was sold?'),
  picture('desk-new', '/admin/catalogue/new/:kind', 'A new code'),
  picture('desk-new-sure', '/admin/catalogue/new/:kind', 'What it does to prices, before it is published'),
  picture('desk-offer', '/admin/catalogue/offers/:key', 'An offer in its versions'),
  picture('desk-offer-change', '/admin/catalogue/offers/:key/change', 'What it is to be'),
  picture('desk-offer-change-sure', '/admin/catalogue/offers/:key/change', 'As customers will see it'),
  picture('desk-code', '/admin/catalogue/codes/:code', 'A code'),
  picture('desk-code-change', '/admin/catalogue/codes/:code/change', 'What it is to bring'),
  picture('desk-import', '/admin/catalogue/import', 'What cannot be read of a file, line by line', 422),
  picture('desk-staff', '/admin/staff', 'Who works here?'),
  picture('desk-member', '/admin/staff/:id', 'What may they, and where are they signed in?'),
  picture('desk-keys', '/admin/keys', 'A new key, shown once'),
  picture('desk-key', '/admin/keys/:id', 'A program that uses the API'),
  picture('desk-endpoints', '/admin/endpoints', 'Who is told what happens?'),
  picture('desk-endpoint', '/admin/endpoints/:id', 'One endpoint'),
  picture('desk-endpoint-test', '/admin/endpoints/:id/test', 'What it said to a test'),
  picture('desk-endpoint-secret', '/admin/endpoints/:id/secret', 'The secret that signs what it is sent'),
  picture('desk-endpoint-replay', '/admin/endpoints/:id/replay', 'When there is nothing to tell it once more'),
  picture('desk-audit', '/admin/audit', 'Who did what, and why?'),
  picture('desk-settings', '/admin/settings', 'How is the server set up?'),
  picture('desk-security-none', '/admin/security', 'Nothing opens before there is a second factor'),
  picture('desk-authenticator', '/admin/security/authenticator', 'An app that shows codes'),
  picture('desk-passkeys', '/admin/security/passkeys', 'A passkey'),
  picture('desk-passkey', '/admin/security/passkeys/:id', 'A passkey that is there'),
  picture('desk-security', '/admin/security', 'What do I have, and where am I signed in?'),
  picture('desk-recovery-codes', '/admin/security/recovery-codes', 'For the day on which the device is lost'),
  picture('desk-security-ask', '/admin/security', 'The second factor, after the password'),
  picture('desk-not-found', '/admin/no/such/page', 'There is nothing here either', 404),
]

export const chapters = {
  'For customers': shop,
  'For staff: customers, money, and what comes and goes': work,
  'For staff: what is sold, and who and what is let in': office,
}

export const pictures = Object.values(chapters).flat()
