using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;

namespace NnService.Api.Tests.Databases;

/// <summary><c>migrate-to</c>: the rows of a data folder go to PostgreSQL, all of them or none.</summary>
public sealed class TransferTests(PostgreSqlService service) : IClassFixture<PostgreSqlService>, IDisposable
{
    private const string Tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";

    private readonly TemporaryFolder _folder = new();

    [PostgreSqlFact]
    public async Task Everything_is_as_it_was_and_goes_on_from_there()
    {
        string[] paths = ["networks", "datasets", "models", "models/moved/versions/1", "training-jobs", "studies", "audit", "webhooks", "api-keys"];
        Dictionary<string, string> before;
        string history, predicted;
        using (var first = await ServiceHere.Start(_folder.Path, OnFile))
        {
            await Fill(first.Wire);
            before = await Answers(first.Wire, paths);
            history = (await first.Wire.Get("training-jobs/latest/history")).Text;
            predicted = (await first.Wire.Post("models/moved/predict", Row)).Text;
            await first.Stop();
        }

        var (file, database) = (Path.Combine(_folder.Path, "nnservice.db"), service.NewDatabase());
        var hash = await Hash(file);

        var (exitCode, output, error) = await ServiceProcess.RunCommand(_folder.Path, [.. Arguments(database), .. OnFile]);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches(@"(?m)^TrainingJobs: 1 row, SHA-256 [0-9a-f]{64} in both$", output);
        Assert.Matches(@"(?m)^HistoryBlocks: 1 row, SHA-256 [0-9a-f]{64} in both$", output);
        Assert.Contains("is as it was; move it away", output, StringComparison.Ordinal);
        Assert.Equal(hash, await Hash(file));
        using var second = await ServiceHere.Start(_folder.Path, service.Settings(database));
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await second.Wire.Get("/health/ready")).Text);
        Assert.Equal(before, await Answers(second.Wire, paths));
        Assert.Equal(history, (await second.Wire.Get("training-jobs/latest/history")).Text);
        Assert.Equal(predicted, (await second.Wire.Post("models/moved/predict", Row)).Text);

        var made = await second.Wire.Post("networks", """{"name":"after","layers":[{"type":"dense","units":1}]}""");
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.True((bool)(await second.Wire.Get("audit/verification")).Json["holds"]!);
        Assert.Equal(4L, service.Server.Execute("""SELECT "Number" FROM "Networks" WHERE "Name" = 'after'""", database)); // the third was deleted
    }

    [PostgreSqlFact]
    public async Task A_target_that_is_not_empty_or_not_there_is_refused()
    {
        await Prepare();
        var taken = service.NewDatabase();
        service.Server.Execute("CREATE TABLE invoices (a int)", taken);

        Assert.Contains(
            "is not empty: it has 1 table, among them invoices. Name a database without any.", (await Transfer(taken)).Error, StringComparison.Ordinal);
        Assert.Equal(1L, service.Server.Execute(Tables, taken));
        var (exitCode, _, error) = await Transfer("nowhere");
        Assert.Equal(1, exitCode);
        Assert.Contains("there is no such database", error, StringComparison.Ordinal);
        Assert.Contains(
            "no connection string", (await ProgramHere.Run(_folder.Path, ["migrate-to", "nonsense", .. OnFile])).Error, StringComparison.Ordinal);
    }

    [PostgreSqlFact]
    public async Task Under_a_running_service_it_does_nothing()
    {
        using var process = await ServiceHere.Start(_folder.Path, OnFile);
        var database = service.NewDatabase();

        var (exitCode, _, error) = await Transfer(database);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("A service runs on the folder", error, StringComparison.Ordinal);
        Assert.Equal(0L, service.Server.Execute(Tables, database));
    }

    [PostgreSqlFact]
    public async Task A_kill_in_the_middle_leaves_the_target_empty()
    {
        await Prepare();
        var database = service.NewDatabase();
        using var gate = new Npgsql.NpgsqlConnection($"{service.Server.ConnectionString(database)};Pooling=false");
        gate.Open();
        using (var shut = new Npgsql.NpgsqlCommand(StopAtTheModels, gate))
            shut.ExecuteNonQuery();

        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "NnService.Api.dll"), .. Arguments(database), $"--Data:Path={_folder.Path}", .. OnFile])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7 AND NOT granted";
        Assert.True(SpinWait.SpinUntil(() => process.HasExited || service.Server.Execute(waits, database) is 1L, TimeSpan.FromSeconds(60)));
        Assert.False(process.HasExited); // rows are written, and more are to come
        process.Kill();
        await process.WaitForExitAsync();
        await gate.CloseAsync();

        Assert.True(SpinWait.SpinUntil(() => service.Server.Execute(Tables, database) is 0L, TimeSpan.FromSeconds(60)));
        service.Server.Execute("DROP EVENT TRIGGER shut", database);
        Assert.Equal(0, (await Transfer(database)).ExitCode); // and then it goes
    }

    public void Dispose() => _folder.Dispose();

    private const string Row = """{"rows":[{"weight_lb":150,"height_in":66}]}""";

    // An insertion into the table of models waits for a lock that the test has.
    private const string StopAtTheModels = """
        SELECT pg_advisory_lock(7, 7);
        CREATE SCHEMA gate;
        CREATE FUNCTION gate.wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(7, 7); RETURN NEW; END';
        CREATE FUNCTION gate.shut() RETURNS event_trigger LANGUAGE plpgsql AS $body$
        BEGIN
            IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'public."Models"') THEN
                CREATE TRIGGER wait BEFORE INSERT ON public."Models" FOR EACH ROW EXECUTE FUNCTION gate.wait();
            END IF;
        END $body$;
        CREATE EVENT TRIGGER shut ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION gate.shut();
        """;

    private static string[] OnFile => ["--Database:Provider=Sqlite", "--Database:ConnectionString="];

    private string[] Arguments(string database) => ["migrate-to", service.Server.ConnectionString(database)];

    private Task<(int ExitCode, string Output, string Error)> Transfer(string database) =>
        ProgramHere.Run(_folder.Path, [.. Arguments(database), .. OnFile]);

    private async Task Prepare()
    {
        using var process = await ServiceHere.Start(_folder.Path, OnFile);
        await Fill(process.Wire);
        await process.Stop();
    }

    private static async Task Fill(Wire wire)
    {
        foreach (var name in (string[])["one", "two", "three"])
            await wire.Post("networks", $$"""{"name":"{{name}}","description":"a\u0000b","layers":[{"type":"dense","units":1}]}""");
        await wire.Delete("networks/three");
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Train("""{"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":5,"recipe":"fast","model":"moved"}""");
        await wire.Put("models/moved/aliases/live", """{"version":1}""");
        await wire.Post("api-keys", """{"name":"Ann","scopes":["read"]}""");
        Assert.True((bool)(await wire.Get("audit/verification")).Json["holds"]!);
    }

    private static async Task<Dictionary<string, string>> Answers(Wire wire, IEnumerable<string> paths)
    {
        var answers = new Dictionary<string, string>();
        foreach (var path in paths)
            answers[path] = (await wire.Get(path)).Text;
        return answers;
    }

    private static async Task<string> Hash(string file) => Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file)));
}
