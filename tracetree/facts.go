package tracetree

import (
	"net/url"
	"strings"
)

// facts are the attributes that a label is made of. They are collected in one pass, because looking up each of them by
// itself would dominate the time of printing a large forest.
type facts struct {
	messagingSystem, messagingOperationName, messagingOperationType, messagingOperation *Value
	messagingDestinationName, messagingDestination, eventType, messageID                *Value

	dbSystemName, dbSystem, dbOperationName, dbOperation *Value
	dbCollectionName, dynamoTableNames, dbTable          *Value

	rpcSystemName, rpcSystem, rpcMethod, rpcService, rpcResponseCode, rpcStatusCode *Value

	httpRequestMethod, httpMethod, httpRoute, httpResponseCode, httpStatusCode *Value
	serverAddress, netPeerName, urlFull, httpURL                               *Value

	errorType *Value
}

func (f *facts) collect(attributes []Attr) {
	for i := range attributes {
		if at := f.field(attributes[i].Key); at != nil && *at == nil {
			*at = &attributes[i].Value
		}
	}
}

func (f *facts) field(key string) **Value {
	switch key {
	case "messaging.system":
		return &f.messagingSystem
	case "messaging.operation.name":
		return &f.messagingOperationName
	case "messaging.operation.type":
		return &f.messagingOperationType
	case "messaging.operation":
		return &f.messagingOperation
	case "messaging.destination.name":
		return &f.messagingDestinationName
	case "messaging.destination":
		return &f.messagingDestination
	case "messaging.message.id":
		return &f.messageID
	case "error.type":
		return &f.errorType
	case "cloudevents.event_type":
		return &f.eventType
	case "db.system.name":
		return &f.dbSystemName
	case "db.system":
		return &f.dbSystem
	case "db.operation.name":
		return &f.dbOperationName
	case "db.operation":
		return &f.dbOperation
	case "db.collection.name":
		return &f.dbCollectionName
	case "aws.dynamodb.table_names":
		return &f.dynamoTableNames
	case "db.sql.table":
		return &f.dbTable
	case "rpc.system.name":
		return &f.rpcSystemName
	case "rpc.system":
		return &f.rpcSystem
	case "rpc.method":
		return &f.rpcMethod
	case "rpc.service":
		return &f.rpcService
	case "rpc.response.status_code":
		return &f.rpcResponseCode
	case "rpc.grpc.status_code":
		return &f.rpcStatusCode
	case "http.request.method":
		return &f.httpRequestMethod
	case "http.method":
		return &f.httpMethod
	case "http.route":
		return &f.httpRoute
	case "http.response.status_code":
		return &f.httpResponseCode
	case "http.status_code":
		return &f.httpStatusCode
	case "server.address":
		return &f.serverAddress
	case "net.peer.name":
		return &f.netPeerName
	case "url.full":
		return &f.urlFull
	case "http.url":
		return &f.httpURL
	default:
		return nil
	}
}

// text returns the text of the first value that has any.
func text(values ...*Value) string {
	for _, v := range values {
		if v != nil {
			if t := v.Text(); t != "" {
				return t
			}
		}
	}
	return ""
}

// method returns the RPC service and method. Current conventions put both into rpc.method, older ones have a service.
func (f *facts) method() (service, method string) {
	method = strings.TrimPrefix(text(f.rpcMethod), "/")
	if at := strings.LastIndexByte(method, '/'); at >= 0 {
		return method[:at], method[at+1:]
	}
	return text(f.rpcService), method
}

func (f *facts) host() string {
	if host := text(f.serverAddress, f.netPeerName); host != "" {
		return host
	}
	parsed, err := url.Parse(text(f.urlFull, f.httpURL))
	if err != nil {
		return "" // an attribute that is no URL names no host
	}
	return parsed.Hostname()
}

// classify finds the row: messaging goes before database, database before RPC, RPC before HTTP.
func (f *facts) classify(kind Kind) Class {
	isRPC := text(f.rpcSystemName, f.rpcSystem, f.rpcMethod, f.rpcService) != ""
	isHTTP := text(f.httpRequestMethod, f.httpMethod) != ""
	switch kind {
	case KindProducer:
		return ClassSend
	case KindConsumer:
		if !f.receives() {
			return ClassProcess
		}
	case KindServer:
		switch {
		case isRPC:
			return ClassRPCServer
		case isHTTP:
			return ClassHTTPServer
		}
	case KindClient:
		switch {
		case text(f.messagingSystem) != "":
			if !f.receives() {
				return ClassSend
			}
		case text(f.dbSystemName, f.dbSystem, f.dbOperationName, f.dbOperation) != "":
			return ClassDatabase
		case isRPC:
			return ClassRPCClient
		case isHTTP:
			return ClassHTTPClient
		}
	}
	return ClassOther
}

func (f *facts) receives() bool {
	return text(f.messagingOperationType, f.messagingOperationName, f.messagingOperation) == "receive"
}
