using Microsoft.Data.Sqlite;

namespace NnService.Benchmarks.Scale;

/// <summary>Rows in the database of a folder on which no service is: copies of what is there once.</summary>
internal static class DatabaseCopies
{
    /// <summary>Jobs, each a second older than the one before, with their figures.</summary>
    public static void Jobs(string folder, int count)
    {
        using var connection = Open(folder);
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        var values = ColumnsOf(connection, "TrainingJobs").Where(name => name != "Number").ToDictionary(name => name, name => name switch
        {
            "Id" => "$id",
            "CreatedAt" => $"\"{name}\" - $number * {TimeSpan.TicksPerSecond}",
            "ValidationLoss" => "($number * 7919 % 10007) / 10000.0",
            _ => $"\"{name}\"",
        });
        command.CommandText = $"INSERT INTO \"TrainingJobs\" ({string.Join(", ", values.Keys.Select(name => $"\"{name}\""))}) "
            + $"SELECT {string.Join(", ", values.Values)} FROM \"TrainingJobs\" WHERE \"Number\" = (SELECT MIN(\"Number\") FROM \"TrainingJobs\")";
        var (id, number) = (command.Parameters.Add("$id", SqliteType.Text), command.Parameters.Add("$number", SqliteType.Integer));
        for (var i = 1; i < count; i++)
        {
            (id.Value, number.Value) = (Guid.NewGuid(), i);
            command.ExecuteNonQuery();
        }

        command.CommandText = """
            INSERT INTO "JobFigures" ("JobNumber", "Path", "Value")
            SELECT job."Number", figure."Path", (job."Number" * 7919 % 10007) / 10000.0
            FROM "TrainingJobs" AS job, "JobFigures" AS figure
            WHERE figure."JobNumber" = (SELECT MIN("JobNumber") FROM "JobFigures") AND job."Number" NOT IN (SELECT "JobNumber" FROM "JobFigures")
            """;
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    private static List<string> ColumnsOf(SqliteConnection connection, string table)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT name FROM pragma_table_info('{table}')";
        using var reader = command.ExecuteReader();
        List<string> names = [];
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names;
    }

    /// <summary>Models copy1, copy2 …, each with the alias champion; and as many aliases a1, a2 … of the model that was there.</summary>
    public static void Aliases(string folder, int count)
    {
        using var connection = Open(folder);
        using var transaction = connection.BeginTransaction();
        Execute(connection, count, $"""
            INSERT INTO "ModelAliases" ("ModelNumber", "Name", "VersionNumber") SELECT "ModelNumber", 'a' || n, "Number" FROM numbers, "ModelVersions";
            """);
        var model = Values("Models", name => name == "Name" ? "'copy' || n" : $"\"{name}\"");
        Execute(connection, count, $"""INSERT INTO "Models" ({model.Names}) SELECT {model.Values} FROM numbers, "Models";""");
        var version = Values("ModelVersions", name => name == "ModelNumber" ? "copy.\"Number\"" : $"one.\"{name}\"");
        Execute(connection, count, $"""
            INSERT INTO "ModelVersions" ({version.Names})
            SELECT {version.Values} FROM numbers JOIN "Models" AS copy ON copy."Name" = 'copy' || n, (SELECT * FROM "ModelVersions" LIMIT 1) AS one;
            """);
        Execute(connection, count, """
            INSERT INTO "ModelAliases" ("ModelNumber", "Name", "VersionNumber")
            SELECT version."ModelNumber", 'champion', version."Number" FROM "ModelVersions" AS version JOIN "Models" AS model ON model."Number" = version."ModelNumber"
            WHERE model."Name" LIKE 'copy%';
            """);
        transaction.Commit();

        (string Names, string Values) Values(string table, Func<string, string> value)
        {
            string[] names = [.. ColumnsOf(connection, table).Where(name => name != "Number")];
            return (string.Join(", ", names.Select(name => $"\"{name}\"")), string.Join(", ", names.Select(value)));
        }
    }

    /// <summary>Entries of the audit log, in front of which the others stay; their hashes are none.</summary>
    public static void Events(string folder, int count)
    {
        using var connection = Open(folder);
        using var transaction = connection.BeginTransaction();
        string[] names = [.. ColumnsOf(connection, "AuditEntries").Where(name => name != "Id")];
        Execute(connection, count, $"""
            INSERT INTO "AuditEntries" ({string.Join(", ", names.Select(name => $"\"{name}\""))})
            SELECT {string.Join(", ", names.Select(name => name == "Number" ? "one.\"Number\" + n" : $"one.\"{name}\""))}
            FROM numbers, (SELECT * FROM "AuditEntries" WHERE "Number" IS NOT NULL ORDER BY "Number" DESC LIMIT 1) AS one;
            """);
        transaction.Commit();
    }

    private static SqliteConnection Open(string folder)
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "nnservice.db")};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, int count, string insert)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) {insert}";
        command.ExecuteNonQuery();
    }
}
