package stats_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

func TestLeavesAreNamedByTheirAttributes(t *testing.T) {
	const database, queue, external = stats.Database, stats.Queue, stats.External
	tests := []struct {
		kind       stats.EndpointKind
		want       string
		reason     string
		attributes []string
	}{
		{
			database,
			"db: tasks table",
			"current name",
			[]string{"db.system.name", "x", "db.collection.name", "tasks", "db.sql.table", "old"},
		},
		{
			database,
			"db: a, b table",
			"a list of tables",
			[]string{"db.system", "dynamodb", "aws.dynamodb.table_names", `["a","b"]`},
		},
		{
			database,
			"db: a table",
			"one table, as plain text",
			[]string{"db.system", "dynamodb", "aws.dynamodb.table_names", "a"},
		},
		{external, "stock", "the header of the request", []string{"http.method", "GET", "http.host", "stock:8080"}},
		{
			database,
			"db: orders table",
			"a container of Cosmos DB",
			[]string{"db.system", "cosmosdb", "db.name", "shop", "db.cosmosdb.container", "orders"},
		},
		{
			database,
			"db: tasks table",
			"an older attribute of AWS's SDK for Java",
			[]string{"db.system", "dynamodb", "aws.table.name", "tasks"},
		},
		{
			database,
			"db: dynamodb",
			"an empty list names no table",
			[]string{"db.system", "dynamodb", "aws.dynamodb.table_names", `[]`},
		},
		{database, "db: old table", "older name", []string{"db.system", "mysql", "db.sql.table", "old"}},
		{
			database, "db: carts table", "older name of MongoDB's collections",
			[]string{"db.system", "mongodb", "db.name", "shop", "db.mongodb.collection", "carts"},
		},
		{
			database, "db: carts table", "older name of Cassandra's tables",
			[]string{"db.system", "cassandra", "db.name", "shop", "db.cassandra.table", "carts"},
		},
		{
			database, "db: new table", "the current name goes before MongoDB's",
			[]string{"db.system", "mongodb", "db.mongodb.collection", "old", "db.collection.name", "new"},
		},
		{
			database, "db: shop", "a table in the text of a statement makes no database of its own",
			[]string{"db.system.name", "postgresql", "db.namespace", "shop", "db.query.text", "SELECT * FROM carts"},
		},
		{
			database, "db: redis", "the number of Redis's database is no collection",
			[]string{"db.system", "redis", "db.redis.database_index", "3"},
		},
		{
			database, "db: redis", "nor is it a name, as the current attribute has it",
			[]string{"db.system.name", "redis", "db.namespace", "0"},
		},
		{
			database, "db: valkey", "nor as the older attribute has it",
			[]string{"db.system", "valkey", "db.name", "15"},
		},
		{
			database, "db: orders", "OpenTracing's name of the database",
			[]string{"db.type", "sql", "db.instance", "orders", "db.statement", "SELECT * FROM o", "peer.service", "mysql"},
		},
		{
			database, "db: 2024_orders", "a name that begins with a number",
			[]string{"db.system", "mysql", "db.name", "2024_orders"},
		},
		{
			database, "db: tasks table", "DynamoDB's table, by older instrumentations for Node.js",
			[]string{"db.system", "dynamodb", "db.name", "tasks"},
		},
		{
			database, "db: aws.dynamodb", "a call of DynamoDB with the attributes of SQS as well, as otelaws can be configured",
			[]string{
				"rpc.system.name", "aws-api", "rpc.method", "DynamoDB/ListTables", "messaging.system", "aws_sqs",
				"db.system.name", "aws.dynamodb",
			},
		},
		{database, "db: unknown", "only a statement", []string{"db.statement", "SELECT 1"}},
		{external, "S3", "AWS's own name of a service", []string{"rpc.system", "aws-api", "rpc.service", "Amazon S3"}},
		{database, "db: shop", "the database, without a table", []string{"db.system.name", "mysql", "db.namespace", "shop"}},
		{database, "db: mysql", "the product at least", []string{"db.system.name", "mysql"}},
		{database, "db: unknown", "only an operation", []string{"db.operation.name", "GET"}},
		{
			database,
			"db: tasks table",
			"database goes before RPC",
			[]string{"rpc.method", "DynamoDB/Get", "db.system", "x", "db.collection.name", "tasks"},
		},
		{
			queue,
			"kafka: orders",
			"messaging goes before database",
			[]string{"messaging.system", "kafka", "messaging.destination.name", "orders", "db.system", "x"},
		},
		{queue, "sqs: orders", "older names", []string{"messaging.system", "AmazonSQS", "messaging.destination", "orders"}},
		{queue, "rabbitmq", "no destination", []string{"messaging.system", "rabbitmq"}},
		{external, "billing", "the service's own name", []string{"peer.service", "billing", "server.address", "10.0.0.1"}},
		{
			external,
			"api.example.com",
			"current name",
			[]string{"http.request.method", "GET", "server.address", "api.example.com", "net.peer.name", "old"},
		},
		{
			external,
			"api.example.com",
			"the host of the URL alone",
			[]string{"url.full", "https://user:pass@api.example.com:8080/x?key=secret"},
		},
		{external, "pay.Billing", "the RPC service without a host", []string{"rpc.method", "pay.Billing/Charge"}},
		{external, "pay.Billing", "older name of it", []string{"rpc.service", "pay.Billing", "rpc.method", "Charge"}},
		{
			external, "pay.Billing", "an address says less than that",
			[]string{"rpc.service", "pay.Billing", "net.peer.ip", "10.0.0.1"},
		},
		{external, "10.0.0.1", "an address at least", []string{"http.request.method", "GET", "net.peer.ip", "10.0.0.1"}},
		{external, "redis:6379", "OpenTracing's", []string{"db.type", "redis", "peer.address", "redis:6379"}},
		{external, "unknown host", "an attribute that is no URL", []string{"http.url", "http://[bad"}},
		{external, "unknown host", "no attributes", nil},
	}
	for _, tt := range tests {
		m := stats.ServiceMap(tracetree.Build([]tracetree.Span{span(1, 0, "call", 0, 1, client, with(tt.attributes...))}))
		want := []stats.Edge{{
			From: stats.Endpoint{Kind: stats.Service, Name: "svc"}, To: stats.Endpoint{Kind: tt.kind, Name: tt.want}, Calls: 1,
			Durations: &stats.Durations{Known: 1, Total: 1, P50: 1, P95: 1, P99: 1, Max: 1},
		}}
		if diff := cmp.Diff(want, m.Edges); diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tt.reason, tt.attributes, diff)
		}
	}
}
