// Package sampling decides which traces a program exports. Programs that configure a
// telemetry.Pipeline use it; services don't.
//
// Head sampling decides when a trace begins: [SampleByRoute] keeps a share of the traces of each
// route, and records that share, so that counts can be scaled up ([RatioKey]). [FollowLinks] keeps
// the traces of a consumer and its producer together.
//
// Tail sampling decides when a trace has ended: a [Tail] holds its spans until a [TailPolicy] has a
// reason to keep all of them, or none.
//
// Both follow OpenTelemetry's consistent probability sampling, so that other processes with the
// same shares decide alike.
package sampling
