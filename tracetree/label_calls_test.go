package tracetree_test

import "testing"

func TestLabelOfCalls(t *testing.T) {
	for _, tt := range []labelTest{
		{
			"database, current names", client, "x",
			[]string{"db.system.name", "postgresql", "db.operation.name", "SELECT", "db.collection.name", "users"},
			"db: SELECT (users table)",
		},
		{
			"database, older names", client, "x",
			[]string{"db.system", "mysql", "db.operation", "INSERT", "db.sql.table", "users"},
			"db: INSERT (users table)",
		},
		{
			"database, current names win", client, "x",
			[]string{"db.operation", "a", "db.operation.name", "b", "db.sql.table", "c", "db.collection.name", "d"},
			"db: b (d table)",
		},
		{
			"database, operation of the RPC", client, "x",
			[]string{"db.system", "dynamodb", "rpc.method", "DynamoDB/PutItem", "aws.dynamodb.table_names", `["tasks"]`},
			"db: PutItem (tasks table)",
		},
		{
			"database, an older attribute of AWS's SDK for Java and .NET", client, "DynamoDb.PutItem",
			[]string{"rpc.system", "aws-api", "rpc.service", "DynamoDb", "rpc.method", "PutItem", "aws.table.name", "tasks"},
			"db: PutItem (tasks table)",
		},
		{
			"database, a container of Cosmos DB", client, "orders",
			[]string{"db.system", "cosmosdb", "db.operation", "ReadItem", "db.cosmosdb.container", "orders"},
			"db: ReadItem (orders table)",
		},
		{
			"several tables", client, "x",
			[]string{"db.system", "dynamodb", "db.operation", "BatchGetItem", "aws.dynamodb.table_names", `["a","b"]`},
			"db: BatchGetItem (a, b table)",
		},
		{
			"database, by name", client, "SELECT users",
			[]string{"db.system", "sqlite", "db.sql.table", "users"},
			"db: SELECT users",
		},
		{
			"MongoDB's collection", client, "mongodb.find",
			[]string{"db.system", "mongodb", "db.operation", "find", "db.mongodb.collection", "tasks"},
			"db: find (tasks table)",
		},
		{
			"MongoDB's command", client, "tasks.find",
			[]string{"db.system", "mongodb", "db.statement", "find tasks"},
			"db: find (tasks table)",
		},
		{
			"Cassandra's table", client, "x",
			[]string{"db.system", "cassandra", "db.operation", "SELECT", "db.cassandra.table", "tasks"},
			"db: SELECT (tasks table)",
		},
		{
			"Redis' database", client, "redis-SET",
			[]string{"db.system", "redis", "db.statement", "SET key ?", "db.redis.database_index", "2"},
			"db: SET (database 2)",
		},
		{
			"a statement", client, "pg.query:SELECT tasks",
			[]string{"db.system", "postgresql", "db.statement", "select id, state\nfrom \"tasks\" where id = $1"},
			"db: SELECT (tasks table)",
		},
		{
			"an insertion", client, "INSERT",
			[]string{"db.system.name", "postgresql", "db.query.text", "INSERT INTO tasks(id) VALUES ($1)"},
			"db: INSERT (tasks table)",
		},
		{
			"a word between the operation and the table", client, "UPDATE",
			[]string{"db.system.name", "postgresql", "db.query.text", `UPDATE ONLY "tasks" SET a = $1`},
			"db: UPDATE (tasks table)",
		},
		{
			"such a word after FROM", client, "DELETE",
			[]string{"db.system.name", "postgresql", "db.query.text", "DELETE FROM ONLY tasks WHERE a = $1"},
			"db: DELETE (tasks table)",
		},
		{
			"such a word of MySQL", client, "UPDATE",
			[]string{"db.system.name", "mysql", "db.query.text", "UPDATE LOW_PRIORITY IGNORE tasks SET a = ?"},
			"db: UPDATE (tasks table)",
		},
		{
			"a table that is named as such a word", client, "UPDATE",
			[]string{"db.system.name", "postgresql", "db.query.text", `UPDATE "only" SET a = $1`},
			"db: UPDATE (only table)",
		},
		{
			"an update", client, "UPDATE",
			[]string{"db.system.name", "mysql", "db.operation.name", "UPDATE", "db.query.text", "UPDATE `tasks` SET a = ?"},
			"db: UPDATE (tasks table)",
		},
		{
			"a statement of another operation has no table", client, "x",
			[]string{"db.system", "postgresql", "db.operation", "batch", "db.statement", "SELECT 1 FROM tasks"},
			"db: batch",
		},
		{
			"a table with its schema, in the quotes of each database", client, "x",
			[]string{"db.system", "mssql", "db.statement", "SELECT [t].[Id] FROM [dbo].[Tasks] AS [t]"},
			"db: SELECT (dbo.Tasks table)",
		},
		{
			"and of PostgreSQL, before another table", client, "x",
			[]string{"db.system", "postgresql", "db.statement", `SELECT 1 FROM "public"."Tasks","users"`},
			"db: SELECT (public.Tasks table)",
		},
		{
			"a part of a quoted name is no table", client, "x",
			[]string{"db.system", "mssql", "db.statement", "SELECT 1 FROM [dbo].[Order Details]"},
			"db: SELECT",
		},
		{
			"settings before the statement, by Entity Framework", client, "x",
			[]string{
				"db.system", "mssql", "db.statement",
				"SET IMPLICIT_TRANSACTIONS OFF;\r\nSET NOCOUNT ON;\r\nINSERT INTO [Tasks] ([Name])\r\nVALUES (@p0);",
			},
			"db: INSERT (Tasks table)",
		},
		{
			"a setting alone", client, "x",
			[]string{"db.system", "mssql", "db.statement", "SET NOCOUNT ON;"},
			"db: SET",
		},
		{
			"Redis' SET of a value with a semicolon is none", client, "x",
			[]string{"db.system", "redis", "db.statement", "SET key a;b"},
			"db: SET",
		},
		{
			"the case of an operation is that of the statement", client, "x",
			[]string{
				"db.system", "postgresql", "db.operation", "select", "db.sql.table", "tasks",
				"db.statement", `select * from "tasks"`,
			},
			"db: SELECT (tasks table)",
		},
		{
			"MongoDB's commands have one case", client, "x",
			[]string{
				"db.system", "mongodb", "db.operation", "insert", "db.mongodb.collection", "tasks", "db.statement", "INSERT t",
			},
			"db: insert (tasks table)",
		},
		{
			"Redis' commands are known in upper case", client, "set",
			[]string{"db.system", "redis", "db.statement", "set key [1 other arguments]"},
			"db: SET",
		},
		{
			"those of Memcached in lower case", client, "get",
			[]string{"db.system", "memcached", "db.operation", "get", "db.statement", "get ?"},
			"db: get",
		},
		{
			"Redis' database by its current name", client, "GET",
			[]string{"db.system.name", "redis", "db.operation.name", "GET", "db.namespace", "2"},
			"db: GET (database 2)",
		},
		{
			"DynamoDB's table in the database's name, by older instrumentations for Node.js", client, "DynamoDB.PutItem",
			[]string{
				"rpc.system", "aws-api", "rpc.service", "DynamoDB", "rpc.method", "PutItem", "db.system", "dynamodb",
				"db.name", "tasks",
			},
			"db: PutItem (tasks table)",
		},
		{
			"the name of another database is no table", client, "x",
			[]string{"db.system", "postgresql", "db.name", "app", "db.operation", "COMMIT"},
			"db: COMMIT",
		},
		{
			"a statement without a system", client, "sql.conn.query",
			[]string{"db.statement", "SELECT id FROM tasks"},
			"db: SELECT (tasks table)",
		},
		{
			"but not of a span that calls nothing", internal, "sql.conn.query",
			[]string{"db.statement", "SELECT id FROM tasks"},
			"svc: sql.conn.query",
		},
		{
			"a subquery is no table", client, "x",
			[]string{"db.system", "postgresql", "db.statement", "SELECT 1 FROM (SELECT 2) x"},
			"db: SELECT",
		},
		{
			"a comment is no operation", client, "query",
			[]string{"db.system", "postgresql", "db.statement", "/* hi */ SELECT 1"},
			"db: SELECT",
		},
		{
			"a summary", client, "x",
			[]string{
				"db.system.name", "postgresql", "db.query.summary", "SELECT tasks", "db.query.text",
				"WITH a AS (SELECT 1) SELECT 2",
			},
			"db: SELECT (tasks table)",
		},
		{
			"DynamoDB, by AWS's service", internal, "DynamoDB.PutItem",
			[]string{"rpc.system", "aws-api", "rpc.service", "DynamoDB", "rpc.method", "PutItem"},
			"db: PutItem",
		},
		{
			"a database call of a server is something else", server, "x",
			[]string{"db.system", "redis", "db.operation", "GET"},
			"svc: x",
		},

		{
			"RPC server, current", server, "x",
			[]string{"rpc.system.name", "grpc", "rpc.method", "tasks.TaskService/CreateTask"},
			"svc: /tasks.TaskService/CreateTask",
		},
		{
			"RPC server, older", server, "x",
			[]string{"rpc.system", "grpc", "rpc.service", "tasks.TaskService", "rpc.method", "CreateTask"},
			"svc: /tasks.TaskService/CreateTask",
		},
		{"RPC server, with a slash in front", server, "x", []string{"rpc.method", "/a.B/C"}, "svc: /a.B/C"},
		{"RPC server without a service", server, "x", []string{"rpc.method", "C"}, "svc: x"},
		{
			"RPC goes before HTTP", server, "x",
			[]string{"rpc.method", "a.B/C", "http.method", "POST", "http.route", "/a"},
			"svc: /a.B/C",
		},
		{"RPC client", client, "x", []string{"rpc.system.name", "grpc", "rpc.method", "a.B/C"}, "svc: grpc.client.C"},
		{
			"RPC client of another system", client, "x",
			[]string{"rpc.system", "aws-api", "rpc.service", "S3", "rpc.method", "PutObject"},
			"svc: S3.PutObject",
		},

		{
			"gRPC in a path of HTTP", server, "POST /a.B/C",
			[]string{"http.request.method", "POST", "url.path", "/a.B/C", "rpc.system", "grpc"},
			"svc: /a.B/C",
		},
		{
			"gRPC in an older path, with a code", server, "x",
			[]string{"http.method", "POST", "http.target", "/a.B/C", "rpc.grpc.status_code", "0"},
			"svc: /a.B/C",
		},
		{
			"gRPC's method, as Grpc.AspNetCore has it", server, "x",
			[]string{"http.method", "POST", "http.route", "/a.B/C", "grpc.method", "/a.B/C", "grpc.status_code", "0"},
			"svc: /a.B/C",
		},
		{
			"a path of HTTP alone is no method", server, "x",
			[]string{"http.request.method", "POST", "url.path", "/a/b", "http.route", "/a/b"},
			"svc: POST /a/b",
		},
		{
			"nor is a longer path", server, "POST",
			[]string{"http.request.method", "POST", "url.path", "/a/b/c", "rpc.system", "grpc"},
			"svc: POST",
		},

		{
			"HTTP server, current", server, "x",
			[]string{"http.request.method", "POST", "http.route", "/tasks/{id}"},
			"svc: POST /tasks/{id}",
		},
		{"HTTP server, older", server, "x", []string{"http.method", "GET", "http.route", "/"}, "svc: GET /"},
		{
			"a route of ASP.NET or Django, without the slash", server, "x",
			[]string{"http.request.method", "POST", "http.route", "tasks/"},
			"svc: POST /tasks/",
		},
		{
			"that begins with a parameter", server, "x",
			[]string{"http.request.method", "GET", "http.route", "{controller}/{id?}"},
			"svc: GET /{controller}/{id?}",
		},
		{
			"an expression is no path", server, "x",
			[]string{"http.method", "GET", "http.route", "^tasks/$"},
			"svc: GET ^tasks/$",
		},
		{"HTTP server without a route", server, "GET", []string{"http.method", "GET"}, "svc: GET"},
		{
			"HTTP client, current", client, "x",
			[]string{"http.request.method", "GET", "server.address", "api"},
			"svc: http.client.GET api",
		},
		{
			"HTTP client, older", client, "x",
			[]string{"http.method", "GET", "net.peer.name", "api"},
			"svc: http.client.GET api",
		},
		{
			"HTTP client, by the header of the request", client, "x",
			[]string{"http.method", "GET", "http.host", "api:8443", "http.target", "/a"},
			"svc: http.client.GET api",
		},
		{
			"HTTP client, by an address of IPv6 in the header", client, "x",
			[]string{"http.method", "GET", "http.host", "[::1]:8443"},
			"svc: http.client.GET ::1",
		},
		{
			"HTTP client, current before the header, which may name a proxy's target", client, "x",
			[]string{"http.method", "GET", "http.host", "other", "net.peer.name", "api"},
			"svc: http.client.GET api",
		},
		{
			"HTTP client, an address of IPv6 has no port", client, "x",
			[]string{"http.request.method", "GET", "server.address", "fd00::1"},
			"svc: http.client.GET fd00::1",
		},
		{
			"HTTP client, by URL", client, "x",
			[]string{"http.method", "GET", "http.url", "https://api:8443/a?b"},
			"svc: http.client.GET api",
		},
		{
			"HTTP client, by a URL that is none", client, "x",
			[]string{"http.method", "GET", "http.url", "://"},
			"svc: http.client.GET",
		},
		{"HTTP client without a host", client, "x", []string{"http.method", "GET"}, "svc: http.client.GET"},
	} {
		t.Run(tt.reason, tt.run)
	}
}
