namespace NnService.Api.Tests.Databases;

/// <summary>What a start on PostgreSQL says where it cannot be: a sentence, exit code 1, and no password.</summary>
public sealed class PostgreSqlStartTests(PostgreSqlService service) : IClassFixture<PostgreSqlService>, IDisposable
{
    private const string Secret = "geheim";
    private const string Heights = "\"dataset\":\"older-heights\",\"target\":\"weight_lb\",\"task\":\"regression\"";
    private const string Iris = "\"dataset\":\"older-iris\",\"target\":\"species\"";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("The setting Database:Provider is \"Oracle\"; it must be Sqlite or PostgreSql.", "--Database:Provider=Oracle")]
    [InlineData("The setting Database:ConnectionString is missing: it says where the PostgreSQL database is.", PostgreSqlService.Setting,
        "--Database:ConnectionString=")]
    [InlineData("The setting Database:ConnectionString is no connection string of PostgreSQL", PostgreSqlService.Setting,
        $"--Database:ConnectionString={Secret}")]
    [InlineData("The setting Database:ConnectionString is no connection string of PostgreSQL", PostgreSqlService.Setting,
        $"--Database:ConnectionString=Host=db;Database=a;Password=x;{Secret}=1")]
    [InlineData("The setting Database:ConnectionString is no connection string of PostgreSQL", PostgreSqlService.Setting,
        $"--Database:ConnectionString=postgres://user:{Secret}@db/a")]
    [InlineData("The setting Database:ConnectionString has no Host.", PostgreSqlService.Setting, $"--Database:ConnectionString=Database=a;Password={Secret}")]
    [InlineData("The setting Database:ConnectionString has no Database.", PostgreSqlService.Setting, $"--Database:ConnectionString=Host=db;Password={Secret}")]
    [InlineData("The database a on 127.0.0.1:1 cannot be used: it cannot be reached; look whether the server runs, and at Host and Port",
        PostgreSqlService.Setting, $"--Database:ConnectionString=Host=127.0.0.1;Port=1;Database=a;Password={Secret}")]
    [InlineData("The setting Database:ConnectionString says where a PostgreSQL database is, but Database:Provider does not ask for one.",
        "--Database:Provider=Sqlite", $"--Database:ConnectionString=Host=db;Database=a;Password={Secret}")]
    public async Task Without_a_server(string says, params string[] settings) => IsRefusal(says, await ProgramHere.Run(_folder.Path, settings));

    [PostgreSqlFact]
    public async Task With_a_wrong_password()
    {
        var database = service.NewDatabase();

        await Refuses(
            $"The database {database} on 127.0.0.1:", PostgreSqlService.Setting,
            $"--Database:ConnectionString={service.Server.ConnectionString(database, password: $"falsch{Secret}")}");
        await Refuses(
            "the server refuses the user or the password; correct Username and Password", PostgreSqlService.Setting,
            $"--Database:ConnectionString={service.Server.ConnectionString(database, password: $"falsch{Secret}")}");
    }

    [PostgreSqlFact]
    public async Task Without_the_database() =>
        await Refuses("there is no such database; make it with CREATE DATABASE", service.Settings("no_such_database"));

    [PostgreSqlFact]
    public async Task Without_rights()
    {
        var database = service.NewDatabase();
        service.Server.Execute($"CREATE ROLE guest{database} LOGIN PASSWORD '{Secret}'");

        await Refuses(
            "its user may not do that; make the user the owner of the database", PostgreSqlService.Setting,
            $"--Database:ConnectionString={service.Server.ConnectionString(database, $"guest{database}", Secret)}");
    }

    [PostgreSqlFact]
    public async Task On_the_database_of_something_else()
    {
        var database = service.NewDatabase();
        service.Server.Execute("CREATE TABLE invoices (a int); CREATE TABLE customers (a int)", database);

        await Refuses(
            "belongs to something else: it has the tables customers, invoices, and is not the service's. Give the service one of its own.",
            service.Settings(database));
    }

    [PostgreSqlFact]
    public async Task On_the_database_of_an_older_version_whose_jobs_keep_their_order()
    {
        const string Best = "training-jobs?sort=-train.accuracy&fields=metrics.train.accuracy";
        var database = service.NewDatabase();
        string sorted;
        using (var first = await ServiceHere.Start(_folder.Path, service.Settings(database)))
        {
            await first.Wire.Upload("older-iris", "iris.csv");
            await first.Wire.Upload("older-heights", "toy_heights.csv");
            foreach (var (epochs, data) in ((int, string)[])[(30, Iris), (1, Heights), (1, Iris)])
                await first.Wire.Train($"{{{data},\"epochs\":{epochs},\"network\":{{\"layers\":[{{\"type\":\"dense\"}}]}} }}");
            sorted = (await first.Wire.Get(Best)).Text;
            await first.Stop();
        }

        service.Server.Execute(
            """
            DROP INDEX "IX_WebhookDeliveries_CreatedAt", "IX_WebhookDeliveries_WebhookNumber_NextAt", "IX_TrainingJobs_EndedAt", "IX_ModelVersions_CreatedAt";
            CREATE INDEX "IX_WebhookDeliveries_NextAt" ON "WebhookDeliveries" ("NextAt");
            DROP INDEX "IX_TrainingJobs_State_Priority_Number";
            CREATE INDEX "IX_TrainingJobs_State_Priority_Number" ON "TrainingJobs" ("State", "Priority", "Number");
            ALTER TABLE "TrainingJobs" DROP COLUMN "Summary"; ALTER TABLE "ModelVersions" DROP COLUMN "Summary";
            DROP TABLE "JobFigures"; DROP INDEX "IX_TrainingJobs_TrainLoss", "IX_TrainingJobs_ValidationLoss";
            ALTER TABLE "IdempotencyKeys" ADD CONSTRAINT "FK_IdempotencyKeys_TrainingJobs_JobNumber"
                FOREIGN KEY ("JobNumber") REFERENCES "TrainingJobs" ("Number") ON DELETE CASCADE;
            CREATE INDEX "IX_IdempotencyKeys_JobNumber" ON "IdempotencyKeys" ("JobNumber");
            DELETE FROM "__EFMigrationsHistory" WHERE "MigrationId" >= '20261128235538_JobFigures'
            """,
            database);
        using var second = await ServiceHere.Start(_folder.Path, service.Settings(database));

        Assert.EndsWith("""{"metrics":{"train":{"accuracy":null}}}],"nextCursor":null}""", sorted, StringComparison.Ordinal); // it is not the oldest
        Assert.Equal(sorted, (await second.Wire.Get(Best)).Text);
        await second.Stop();
    }

    [PostgreSqlFact]
    public async Task On_the_database_of_a_newer_version_and_on_an_unknown_encoding()
    {
        var database = service.NewDatabase();
        using (var first = await ServiceHere.Start(_folder.Path, service.Settings(database)))
            await first.Stop();
        service.Server.Execute("""INSERT INTO "__EFMigrationsHistory" VALUES ('20991231000000_Later', '99.0.0')""", database);
        await Refuses("was made by a newer version of the service (its migration 20991231000000_Later is unknown here).", service.Settings(database));

        service.Server.Execute("CREATE DATABASE latin ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
        await Refuses("is not in UTF-8. Make it with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.", service.Settings("latin"));
    }

    [PostgreSqlFact]
    public async Task On_an_empty_database_beside_a_folder_that_has_uploads()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "blobs"));
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "blobs", $"{Guid.NewGuid():N}"), "a,b\n1,2\n");

        await Refuses("is empty, but the data folder", service.Settings(service.NewDatabase()));

        Assert.Single(Directory.GetFiles(Path.Combine(_folder.Path, "blobs")));
    }

    [PostgreSqlFact]
    public async Task On_the_database_of_another_folder()
    {
        var (database, other) = (service.NewDatabase(), Path.Combine(_folder.Path, "other"));
        using (var first = await ServiceHere.Start(_folder.Path, service.Settings(database)))
        {
            await first.Wire.Upload("heights", "toy_heights.csv");
            await first.Stop();
        }

        Directory.CreateDirectory(Path.Combine(other, "blobs"));
        await File.WriteAllTextAsync(Path.Combine(other, "blobs", $"{Guid.NewGuid():N}"), "a,b\n1,2\n");
        var (exitCode, error) = await ServiceProcess.RunToEnd(other, service.Settings(database));

        Assert.Equal(1, exitCode);
        Assert.Contains("which has others: they do not belong together.", error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Path.Combine(other, "blobs")));
        using var again = await ServiceHere.Start(_folder.Path, service.Settings(database));
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await again.Wire.Get("/health/ready")).Text);
    }

    [PostgreSqlFact]
    public async Task On_a_database_that_another_service_has()
    {
        var database = service.NewDatabase();
        using var first = await ServiceProcess.Start(Path.Combine(_folder.Path, "first"), service.Settings(database));

        await Refuses("is in use. Is another NnService running on it?", service.Settings(database));

        await first.Kill(); // the lock ends with it
        using var second = await ServiceHere.Start(Path.Combine(_folder.Path, "second"), service.Settings(database));
        Assert.Equal(200, (int)(await second.Wire.Get("/health/ready")).Status);
    }

    [PostgreSqlTheory]
    [InlineData("backup", "The rows are in a PostgreSQL database, which has tools of its own for that")]
    [InlineData("restore", "A backup is restored into a data folder that has its database in it.")]
    public async Task Commands_that_need_the_file_say_so(string command, string says)
    {
        var file = Path.Combine(_folder.Path, "file");
        if (command == "restore")
            await File.WriteAllTextAsync(file, "");
        var ended = await ProgramHere.Run(_folder.Path, [command, file, .. service.Settings(service.NewDatabase())]);
        IsRefusal(says, ended);
    }

    public void Dispose() => _folder.Dispose();

    // In a process, with which its lock of the database goes.
    private async Task Refuses(string says, params string[] arguments) => IsRefusal(says, await ServiceProcess.RunCommand(_folder.Path, arguments));

    private static void IsRefusal(string says, (int ExitCode, string Output, string Error) ended)
    {
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(says, ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, ended.Output + ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Output + ended.Error, StringComparison.Ordinal);
    }
}
