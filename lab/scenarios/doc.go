// Package scenarios has the stories that a class runs, breaks and fixes. Each is a text file that
// a teacher can read, copy and change: what is asked of the system, what goes wrong in it, the tree
// that comes of it, and what the checks say.
//
//	title: The worker doesn't ask for the message attributes
//	lesson: propagation
//	fix: lost-context-attributes-fixed
//
//	SQS gives a consumer only the attributes that it requests …
//
//	-- requests --
//	POST /tasks {"title": "Learn tracing"} → 201
//	-- settings --
//	ask_for_attributes: false
//	-- tree --
//	api-gateway: POST /tasks (root)
//	  …
//	-- findings --
//	error broken-propagation at worker: process task-created
//
// A scenario is its own test: [Scenario.Run] compares what happened with the whole file. Phrases of
// the story in backticks are claims, and count as well: see [Claim]. docs/scenarios.md has the
// format in full.
package scenarios
