package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/IBM/sarama"
	"github.com/dnwe/otelsarama"
	"github.com/exaring/otelpgx"
	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// newBroker returns a broker that accepts the records of Sarama and kafkajs as well: they leave the
// leader's epoch at 0, which a broker overwrites and kfake refuses. The checksum doesn't cover it.
func newBroker() (*kfake.Cluster, error) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, events))
	if err != nil {
		return nil, err
	}
	broker.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		for _, topic := range req.(*kmsg.ProduceRequest).Topics {
			for _, partition := range topic.Partitions {
				if len(partition.Records) >= 16 {
					copy(partition.Records[12:16], []byte{0xff, 0xff, 0xff, 0xff})
				}
			}
		}
		return nil, nil, false
	})
	return broker, nil
}

// serveKafka prints the address of a broker that lives until standard input ends.
func serveKafka(context.Context) error {
	broker, err := newBroker()
	if err != nil {
		return err
	}
	defer broker.Close()
	fmt.Println(broker.ListenAddrs()[0])
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// recordMessages records the course's request with PostgreSQL and Kafka, without a service between.
func recordMessages(ctx context.Context) error {
	var p providers
	broker, err := newBroker()
	if err != nil {
		return err
	}
	defer broker.Close()

	gateway := p.of("api-gateway")
	db, err := connect(ctx, gateway)
	if err != nil {
		return err
	}
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	config.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer(broker.ListenAddrs(), config)
	if err != nil {
		return err
	}
	otel.SetTextMapPropagator(propagator) // otelpgx has no option for it
	producer = otelsarama.WrapSyncProducer(config, producer,
		otelsarama.WithTracerProvider(gateway), otelsarama.WithPropagators(propagator))

	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.Use(otelgin.Middleware("api-gateway", otelgin.WithTracerProvider(gateway), otelgin.WithPropagators(propagator)))
	g.POST("/tasks", func(c *gin.Context) {
		ctx := c.Request.Context()
		if _, err := db.Exec(ctx, "INSERT INTO tasks (id, status) VALUES ($1, $2)", "1", "pending"); err != nil {
			c.String(http.StatusInternalServerError, err.Error())
			return
		}
		message := &sarama.ProducerMessage{Topic: events, Key: sarama.StringEncoder("1"), Value: sarama.StringEncoder(`{"id":"1"}`)}
		propagator.Inject(ctx, otelsarama.NewProducerMessageCarrier(message)) // as its README tells programs to
		if _, _, err := producer.SendMessage(message); err != nil {
			c.String(http.StatusInternalServerError, err.Error())
			return
		}
		c.JSON(http.StatusCreated, gin.H{"id": "1"})
	})
	address, err := serve(g)
	if err != nil {
		return err
	}
	if err := post(ctx, address); err != nil {
		return err
	}
	if err := workKafka(ctx, p.of("worker"), broker.ListenAddrs(), config); err != nil {
		return err
	}
	return p.flush(ctx)
}

// connect connects and makes the table without a trace of either.
func connect(ctx context.Context, provider trace.TracerProvider) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(os.Getenv("POSTGRES_URL"))
	if err != nil {
		return nil, err
	}
	bare, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer bare.Close(ctx)
	if _, err := bare.Exec(ctx, "CREATE TABLE IF NOT EXISTS tasks (id text, status text)"); err != nil {
		return nil, err
	}
	config.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(provider))
	return pgx.ConnectConfig(ctx, config)
}

func workKafka(ctx context.Context, provider trace.TracerProvider, brokers []string, config *sarama.Config) error {
	db, err := connect(ctx, provider)
	if err != nil {
		return err
	}
	group, err := sarama.NewConsumerGroup(brokers, "worker", config)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	h := &handler{db: db, tracer: provider.Tracer("worker"), done: stop}
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	err = group.Consume(ctx, []string{events}, otelsarama.WrapConsumerGroupHandler(h,
		otelsarama.WithTracerProvider(provider), otelsarama.WithPropagators(propagator)))
	if h.err != nil {
		return h.err
	}
	if err != nil && !strings.Contains(err.Error(), context.Canceled.Error()) {
		return err
	}
	return group.Close()
}

// handler processes one message and stops. otelsarama ends its span when it hands the message over,
// and otelpgx records nothing outside of a span, so that the handler starts one.
type handler struct {
	db     *pgx.Conn
	tracer trace.Tracer
	done   func()
	err    error
}

func (h *handler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (h *handler) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (h *handler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		ctx := propagator.Extract(context.Background(), otelsarama.NewConsumerMessageCarrier(message))
		ctx, span := h.tracer.Start(ctx, "process "+events, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
			semconv.MessagingSystemKafka, semconv.MessagingOperationTypeProcess, semconv.MessagingOperationName("process"),
			semconv.MessagingDestinationName(events)))
		_, h.err = h.db.Exec(ctx, "UPDATE tasks SET status = $2 WHERE id = $1", "1", "processed")
		span.End()
		session.MarkMessage(message, "")
		h.done()
	}
	return nil
}
