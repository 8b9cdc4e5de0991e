package exercises_test

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// A plan that gets full marks, in lines that tests replace.
const (
	planRoot = "shop: POST /checkout (root) {sampled=always, cart.items=3}\n"
	planCart = "  shop: check cart {cart.coupon=false}\n"
	planRest = `  stock: /shop.Stock/Reserve
    db: UpdateItem (stock table) {stock.reserved=3}
  payment: /shop.Payment/Charge
`
	planCall = "    payment: http.client.POST pay.example.com {payment.method=card}\n"
	planDB   = "    db: PutItem (payments table) {db.operation.name=PutItem}\n"
	plan     = planRoot + planCart + planRest + planCall + planDB
)

func TestCheckoutIsRightInManyWays(t *testing.T) {
	change := func(from, to string) string { return strings.Replace(plan, from, to, 1) }
	tests := []struct{ reason, answer string }{
		{"as it is", plan},
		{
			"marked on the external call",
			strings.Replace(change("sampled=always, ", ""), "{payment.method", "{sampled=always, payment.method", 1),
		},
		{
			"marked on the service that pays",
			change("payment: /shop.Payment/Charge", "payment: /shop.Payment/Charge {sampled=always}"),
		},
		{"marked on both", change("{payment.method", "{sampled=always, payment.method")},
		{
			"a payment that fails, where the failed span is marked",
			strings.NewReplacer("sampled=always, ", "", "pay.example.com {",
				"pay.example.com !error=card_declined {sampled=always, ",
				"/shop.Payment/Charge", "/shop.Payment/Charge !error=card_declined", "(root)",
				"(root) !error=card_declined").Replace(plan),
		},
		{
			"a message afterwards",
			plan + "  sqs: SendMessage (orders)\n    mailer: process order-placed          ← linked span\n",
		},
		{
			"the external call over gRPC",
			change("http.client.POST pay.example.com {",
				"grpc.client.Charge {server.address=pay.example.com, rpc.method=pay.Pay/Charge, "),
		},
		{"payment attributes on the root", change("cart.items=3", "payment.method=card")},
		{
			"payment attributes on the order",
			strings.NewReplacer("(payments table) {db.operation.name=PutItem}", "(orders table) {payment.method=card}").Replace(
				plan,
			),
		},
		{"the address of a server", change("payment.method=card", "payment.method=card, server.address=pay.example.com")},
		{"an RPC as external call", change("http.client.POST pay.example.com {", "grpc.client.Charge {")},
		{"a call of a kind", change("http.client.POST pay.example.com {", "charge card {@kind=client, ")},
		{"a count", change("    db: UpdateItem (stock table) {", "    2x db: UpdateItem (stock table) {")},
		{"the database in the course's style", plan + "    db.query {db.operation.name=query}\n"},
		{"ten spans", plan + "  shop: price cart\n  shop: pick carrier\n  shop: thank customer\n"},
	}
	e := find(t, "checkout", 0)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			wantFailures(t, tt.answer, grade(t, e, tt.answer), nil)
		})
	}
}

func TestCheckoutExplainsWhatIsWrong(t *testing.T) {
	change := func(from, to string) string {
		if !strings.Contains(plan, from) {
			t.Fatalf("the plan has no %q", from)
		}
		return strings.Replace(plan, from, to, 1)
	}
	tests := []struct {
		reason, answer string
		want           []string
	}{
		{
			"two trees",
			planRoot + planCart + planRest + planCall + "\nshop: PUT /payment (root)\n  db: PutItem (payments table) {k=v}\n",
			[]string{"2 trees: shop: POST /checkout (line 1), shop: PUT /payment (line 8)"},
		},
		{
			"without (root)", change(" (root)", ""),
			[]string{"shop: POST /checkout (line 1), without (root)", "it can be played: line 1, column 1"},
		},
		{
			"a call on top",
			"shop: http.client.POST shop (root) {sampled=always}\n  " +
				strings.ReplaceAll(strings.TrimSuffix(strings.Replace(plan, " (root) {sampled=always, cart.items=3}", "", 1), "\n"),
					"\n", "\n  "),
			[]string{
				"a call. The trace begins where the customer's request arrives", "starts with the wrong kind", "kind-edge",
				"kind-edge", "kind-edge",
			},
		},
		{"five spans", planRoot + planRest + planCall, []string{"5 spans. That is too few to show"}},
		{"eleven spans", plan + strings.Repeat("  shop: thank customer\n", 4), []string{"11 spans. Each span has a cost"}},
		{
			"very many spans, which aren't played", plan + "  100000x shop: price cart\n    100000x shop: price item\n",
			[]string{"more than 100 spans"},
		},
		{
			"several roots by a count", "2x " + planRoot + planRest + planCall,
			[]string{"shop: POST /checkout (line 1) has a count. Each root is a separate trace"},
		},
		{"an open number", plan + "  ...\n", []string{"line 8 doesn't fix the number of spans"}},
		{
			"a number up to another", change("  shop: check", "  1..2x shop: check"),
			[]string{"line 2 doesn't fix the number of spans"},
		},
		{
			"the provider as an internal service",
			change("payment: http.client.POST pay.example.com", "payment-provider: POST /charges"),
			[]string{
				"payment-provider: POST /charges (line 6), as one of your services",
				"attributes on the external call: no such call",
			},
		},
		{
			"no external call", planRoot + planCart + planRest + "    payment: charge {payment.method=card}\n" + planDB,
			[]string{"a call to an external system: none", "attributes on the external call: no such call"},
		},
		{
			"only a call to an internal service",
			planRoot + planCart +
				"  shop: grpc.client.Reserve {payment.attempt=1}\n    stock: /shop.Stock/Reserve\n" +
				"      db: UpdateItem (stock table) {stock.reserved=3}\n      db: UpdateItem (stock table)\n",
			[]string{
				"with spans below it. An external system sends you no spans", "no such call",
			},
		},
		{
			"no database",
			strings.NewReplacer("db: UpdateItem (stock table)", "stock: update",
				"db: PutItem (payments table) {db.operation.name=PutItem}", "payment: write").Replace(plan),
			[]string{
				"a database call: none", "attributes on the database call: no such call",
			},
		},
		{
			"the database as a service",
			strings.NewReplacer("db: UpdateItem (stock table)", "postgres: UPDATE",
				"db: PutItem (payments table) {db.operation.name=PutItem}", "payment: write").Replace(plan),
			[]string{
				"postgres: UPDATE (line 4), as a service", "no such call", "the check span-name",
			},
		},
		{
			"no attributes on the external call", change(" {payment.method=card}", ""),
			[]string{"attributes on the external call: none on payment: http.client.POST pay.example.com (line 6)"},
		},
		{
			"no attributes on the database calls",
			strings.NewReplacer(" {stock.reserved=3}", "", " {db.operation.name=PutItem}", "").Replace(plan),
			[]string{"attributes on the database call: none on db: UpdateItem (stock table) (line 4), db: PutItem"},
		},
		{
			"no attributes at all",
			strings.NewReplacer(", cart.items=3", "", " {cart.coupon=false}", "", " {stock.reserved=3}", "",
				" {payment.method=card}", "", " {db.operation.name=PutItem}", "").Replace(plan),
			[]string{
				"none on payment", "none on db", "no attributes. Without them",
			},
		},
		{
			"an excluded attribute doesn't count",
			strings.NewReplacer("{payment.method=card}", "{!payment.method}").Replace(plan),
			[]string{"attributes on the external call: none on"},
		},
		{
			"nearly all on the root", change("cart.items=3", "cart.items=3, a.a=1, b.b=2, c.c=3, d.d=4, e.e=5"),
			[]string{"6 of 10 on the root"},
		},
		{
			"the path of one request", change("POST /checkout", "POST /checkout/8812"),
			[]string{"shop: POST /checkout/8812 (line 1) has the path of one request"},
		},
		{"a query string", change("POST /checkout", "POST /checkout?cart=7"), []string{"has a query string"}},
		{"a name that describes nothing", change("check cart", "x"), []string{"shop: x (line 2) describes no work"}},
		{
			"a consumer as root", change("shop: POST /checkout (root)", "shop: process checkout (root)"),
			[]string{"which receives no request", "consumer-link", "required-attributes"},
		},
		{
			"a social security number", change("cart.items=3", "customer.ssn=none"),
			[]string{"nothing sensitive: customer.ssn on shop: POST /checkout"},
		},
		{"a passport", change("cart.items=3", "passport=none"), []string{"nothing sensitive: passport on"}},
		{
			"a date of birth", change("cart.items=3", "customer.birthdate=none"),
			[]string{"nothing sensitive: customer.birthdate on"},
		},
		{"an address", change("cart.items=3", "shipping.address=none"), []string{"nothing sensitive: shipping.address on"}},
		{
			"a call longer than its root",
			strings.Replace(change("(root) {", "(root) [100ms] {"), "pay.example.com {", "pay.example.com [200ms] {", 1),
			[]string{"takes 200ms", "child-outside-parent"},
		},
		{
			"the database on the service", change("{cart.coupon=false}", "{db.collection.name=carts}"),
			[]string{"which describes a database call"},
		},
		{
			"HTTP on the database", change("{stock.reserved=3}", "{http.route=/x}"),
			[]string{"which describes an HTTP request"},
		},
		{
			"a message on the service", change("{cart.coupon=false}", "{messaging.system=kafka}"),
			[]string{"which describes a message"},
		},
		{
			"a card number", change("payment.method=card", "payment.card=4111111111111111"),
			[]string{
				"attributes on the external call: none", "payment.card on payment: http.client.POST",
				"sensitive-attribute",
			},
		},
		{
			"a token's key alone", change("payment.method=card", "payment.token"),
			[]string{
				"attributes on the external call: none",
				"nothing sensitive: payment.token on payment: http.client.POST pay.example.com", "the check sensitive-attribute",
			},
		},
		{
			"a bank account", change("cart.items=3", "iban=DE89370400440532013000"),
			[]string{"nothing sensitive: iban on shop: POST /checkout", "the check sensitive-attribute"},
		},
		{
			"a person's name and number", change("stock.reserved=3", "stock.reserved=3, user.name=Ann, customer.phone=1"),
			[]string{"nothing sensitive: user.name on db: UpdateItem (stock table) (line 4); customer.phone on"},
		},
		{
			"an address in a name", change("check cart", "mail ann@example.com"),
			[]string{"nothing sensitive: the name shop: mail [redacted]", "sensitive-attribute", "name-cardinality"},
		},
		{"no mark", change("sampled=always, ", ""), []string{"the traces to sample always are marked: no mark"}},
		{
			"another mark", change("sampled=always", "sampled=yes"),
			[]string{"another value on shop: POST /checkout (line 1). Write it as {sampled=always}"},
		},
		{
			"a mark on a span in the middle",
			strings.Replace(change("sampled=always, ", ""), "stock.reserved=3", "stock.reserved=3, sampled=always", 1),
			[]string{"A span in the middle can't be kept by itself"},
		},
		{"a plan that can't be played", change("check cart", "check *"), []string{"it can be played: line 2, column 9"}},
		{
			"a finding of the checks", change("cart.items=3", "http.response.status_code=500"),
			[]string{"the check error-status"},
		},
		{
			"half of one call between internal services",
			change("  stock: /shop.Stock/Reserve\n    db",
				"  shop: grpc.client.Reserve\n    stock: /shop.Stock/Reserve\n      db"),
			[]string{
				"the check kind-edge: a SERVER span of payment is directly below a SERVER span of shop",
			},
		},
		{
			"one finding for seven spans",
			planRoot + strings.Repeat("  shop: handler\n", 7) +
				"  shop: http.client.POST pay.example.com {payment.method=card}\n" + planDB[2:],
			[]string{
				"the check span-name",
			},
		},
		{
			"many findings",
			planRoot +
				"  shop: handler\n  shop: request\n  shop: call\n  shop: run\n  shop: do\n  shop: invoke\n  shop: process\n" +
				"  shop: http.client.POST pay.example.com {payment.method=card}\n" + planDB[2:],
			[]string{
				"the check span-name", "the check span-name", "the check span-name", "the check span-name", "the check span-name",
				"and 2 more findings",
			},
		},
		{"an error of a check", strings.Replace(plan, planCart, "  shop: handler\n", 1), []string{"span-name"}},
	}
	e := find(t, "checkout", 0)
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			g := grade(t, e, tt.answer)
			wantFailures(t, tt.answer, g, tt.want)
			for _, v := range g.Verdicts {
				if strings.Contains(v.Has, "4111111111111111") || strings.Contains(v.Has, "ann@") {
					t.Errorf("a verdict has a secret: %+v", v)
				}
			}
		})
	}
}

func TestNotesReportThatNothingWasPlayed(t *testing.T) {
	g := grade(t, find(t, "checkout", 0), plan+"  ...\n")
	if len(g.Notes) != 1 || !strings.Contains(g.Notes[0], "the plan was not played") {
		t.Errorf("notes %q\n%s", g.Notes, report(g, nil))
	}
}

func TestCheckoutEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if g, err := find(t, "checkout", 0).Grade(ctx, plan); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, grade\n%s", err, report(g, nil))
	}
}
