// Serves DynamoDB with dynalite, and SQS with fauxqs, on free ports of this machine only. Prints a line for each with its
// name and URL, and ends with SIGTERM.
import dynalite from "dynalite";
import { buildApp } from "fauxqs";

const database = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
await new Promise((resolve, reject) => database.once("error", reject).listen(0, "127.0.0.1", resolve));

// Its own start function listens on all interfaces.
const queues = buildApp({ logger: false });
const url = await queues.listen({ host: "127.0.0.1", port: 0 });

console.log(`dynalite http://127.0.0.1:${database.address().port}`);
console.log(`fauxqs ${url}`);

process.once("SIGTERM", async () => {
	database.close();
	await queues.close();
	process.exit(0);
});
