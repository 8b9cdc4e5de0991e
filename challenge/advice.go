package challenge

// advice returns what to do about an item in each language.
func advice(id string) map[string]string {
	return map[string]map[string]string{
		"gateway-server": {
			"rust": "Add axum-tracing-opentelemetry's OtelAxumLayer to the outermost Router with .layer(), so that " +
				"every route is below it.",
			"node": "Start with node --require @opentelemetry/auto-instrumentations-node/register, so that HTTP and " +
				"Express are instrumented before they are loaded.",
			"python": "Start with opentelemetry-instrument, or call FastAPIInstrumentor.instrument_app(app) or " +
				"FlaskInstrumentor().instrument_app(app).",
			"java": "Start with java -javaagent:opentelemetry-javaagent.jar, which instruments servlets, Spring and " +
				"Netty.",
			"dotnet": "Call AddAspNetCoreInstrumentation() in WithTracing(…).",
			"go": "Wrap the outermost handler in otelhttp.NewHandler, or add your router's middleware " +
				"(github.com/labstack/echo-opentelemetry, otelgin) before the routes.",
		},
		"gateway-propagation": {
			"rust": "Set global::set_text_map_propagator(TraceContextPropagator::new()), and wrap the channel in " +
				"tonic-tracing-opentelemetry's client OtelGrpcLayer.",
			"node": "Load @opentelemetry/instrumentation-grpc before @grpc/grpc-js, and call the client within the " +
				"request's context.",
			"python": "Call GrpcInstrumentorClient().instrument() before the channel is made, or " +
				"GrpcAioInstrumentorClient() for grpc.aio.",
			"java": "Leave OTEL_PROPAGATORS at tracecontext,baggage. Without the agent, add GrpcTelemetry's client " +
				"interceptor to the channel.",
			"dotnet": "Call AddGrpcClientInstrumentation() and AddHttpClientInstrumentation(): the latter sends " +
				"traceparent.",
			"go": "Dial with grpc.WithStatsHandler(otelgrpc.NewClientHandler()), set a propagator, and pass on " +
				"the request's context, not context.Background().",
		},
		"gateway-spans": {
			"rust": "With OtelAxumLayer on the Router and OtelGrpcLayer on the channel, .await the call within the " +
				"handler; a spawned task needs .instrument(Span::current()).",
			"node": "Enable both instrumentation-http and instrumentation-grpc; OTEL_NODE_DISABLED_INSTRUMENTATIONS " +
				"must not name them.",
			"python": "Instrument both the web framework and the gRPC client; in a thread pool, attach the context " +
				"with opentelemetry.context.attach.",
			"java": "Leave the agent's grpc and servlet instrumentations enabled; in your own executors, wrap tasks " +
				"with Context.current().wrap(…).",
			"dotnet": "Call AddAspNetCoreInstrumentation() and AddGrpcClientInstrumentation() on the same TracerProvider.",
			"go":     "Pass the context of the request to the gRPC call, so that its CLIENT span is below the SERVER span.",
		},
		"task-server": {
			"rust": "Add tonic-tracing-opentelemetry's server OtelGrpcLayer with Server::builder().layer(…).",
			"node": "Load @opentelemetry/instrumentation-grpc before the server is made.",
			"python": "Call GrpcInstrumentorServer().instrument() before grpc.server(…), or " +
				"GrpcAioInstrumentorServer() for grpc.aio.",
			"java":   "Start with the agent, or add GrpcTelemetry's server interceptor to the ServerBuilder.",
			"dotnet": "Call AddAspNetCoreInstrumentation(), which traces gRPC services as well.",
			"go":     "Serve with grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler())).",
		},
		"task-database": {
			"rust": "Around the SDK call, make a span with otel.kind = \"client\", db.system.name = " +
				"\"aws.dynamodb\", db.operation.name and db.collection.name.",
			"node":   "Load @opentelemetry/instrumentation-aws-sdk before @aws-sdk/client-dynamodb.",
			"python": "Call BotocoreInstrumentor().instrument() before the client is made.",
			"java": "Start with the agent, or add AwsSdkTelemetry's execution interceptor to the client's override " +
				"configuration.",
			"dotnet": "Call AddAWSInstrumentation() of OpenTelemetry.Instrumentation.AWS before the client is made.",
			"go": "Append an Initialize middleware to aws.Config.APIOptions that starts a CLIENT span with " +
				"db.system.name = \"aws.dynamodb\", db.operation.name and db.collection.name: examples/starter-go has " +
				"one, as otelaws is deprecated.",
		},
		"task-publish": {
			"rust": "Around send_message, make a span with otel.kind = \"producer\", messaging.system = \"aws_sqs\" " +
				"and messaging.destination.name, and inject its context into the message attributes.",
			"node": "Load @opentelemetry/instrumentation-aws-sdk before @aws-sdk/client-sqs: it makes the span and " +
				"injects the context.",
			"python": "Call Boto3SQSInstrumentor().instrument() before the client is made: it makes the span and " +
				"injects the context.",
			"java": "Start with the agent and set " +
				"otel.instrumentation.aws-sdk.experimental-use-propagator-for-messaging=true, so that " +
				"traceparent is sent.",
			"dotnet": "Call AddAWSInstrumentation() of OpenTelemetry.Instrumentation.AWS before the client is made: " +
				"it makes the span and injects the context.",
			"go": "Start a PRODUCER span around SendMessage with messaging.system and messaging.destination.name, " +
				"and inject its context into MessageAttributes with the propagator.",
		},
		"worker-extract": {
			"rust": "Request message_attribute_names(\"All\"), extract with the propagator from them, and call " +
				"span.set_parent(…) or span.add_link(…).",
			"node": "Request MessageAttributeNames: ['All'], and extract with propagation.extract(context.active(), " +
				"attributes, getter).",
			"python": "Request MessageAttributeNames=['All'], and call propagate.extract(attributes, getter=…).",
			"java": "Request messageAttributeNames(\"All\"), and extract with the propagator, or let the agent's " +
				"messaging propagator do it.",
			"dotnet": "Request MessageAttributeNames = [\"All\"], and call Propagators.DefaultTextMapPropagator.Extract(…).",
			"go": "Request MessageAttributeNames: []string{\"All\"}, and call " +
				"otel.GetTextMapPropagator().Extract(ctx, carrier).",
		},
		"worker-consumer": {
			"rust": "Make a span per message with otel.kind = \"consumer\" and messaging.operation.type = " +
				"\"process\", with the extracted context as link or parent.",
			"node": "tracer.startActiveSpan(`process ${queue}`, { kind: SpanKind.CONSUMER, links: [{ context: " +
				"producer }] }, …) for each message.",
			"python": "tracer.start_as_current_span(f\"process {queue}\", kind=SpanKind.CONSUMER, " +
				"links=[Link(producer)]) for each message.",
			"java": "spanBuilder(\"process \" + queue).setSpanKind(SpanKind.CONSUMER).addLink(producer), and " +
				"makeCurrent() while the message is processed.",
			"dotnet": "source.StartActivity($\"process {queue}\", ActivityKind.Consumer, parent, links: " +
				"[new(producer)]) for each message.",
			"go": "tracer.Start(ctx, \"process \"+queue, trace.WithSpanKind(trace.SpanKindConsumer), " +
				"trace.WithLinks(trace.Link{SpanContext: producer})).",
		},
		"worker-database": {
			"rust": "Make a client span around update_item as in the task service, within the span of the message: " +
				".instrument(span).",
			"node": "Load @opentelemetry/instrumentation-aws-sdk in the worker as well, and call DynamoDB within " +
				"the span of the message.",
			"python": "Call BotocoreInstrumentor().instrument() in the worker as well, and call DynamoDB within the " +
				"span of the message.",
			"java": "Start the worker with the agent as well, and call DynamoDB while the span of the message is current.",
			"dotnet": "Call AddAWSInstrumentation() in the worker as well, and call DynamoDB while the span of the " +
				"message is current.",
			"go": "Add the same middleware in the worker as well, and pass the context of the message's " +
				"span to UpdateItem.",
		},
	}[id]
}
