using Microsoft.Data.Sqlite;

namespace NnService.Api.Tests;

/// <summary>
/// A data folder with thousands of ended jobs, to see how lists of them do: copies of the row of one that was trained. No service may be on the folder.
/// </summary>
internal static class ManyJobs
{
    public static void Add(string folder, int count)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "nnservice.db")};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        // Older than the one that was trained by a minute more each; every fourth has failed.
        var values = Columns(connection).Where(name => name != "Number").ToDictionary(name => name, name => name switch
        {
            "Id" => "$id",
            "State" => "CASE $number % 4 WHEN 0 THEN 'Failed' ELSE \"State\" END",
            "CreatedAt" => $"\"{name}\" - $number * {TimeSpan.TicksPerMinute}",
            "ValidationLoss" => "$number / 10000.0",
            _ => $"\"{name}\"",
        });
        using var command = connection.CreateCommand();
        command.CommandText =
            $"INSERT INTO \"TrainingJobs\" ({string.Join(", ", values.Keys.Select(name => $"\"{name}\""))}) SELECT {string.Join(", ", values.Values)} "
            + "FROM \"TrainingJobs\" WHERE \"Number\" = (SELECT MIN(\"Number\") FROM \"TrainingJobs\")";
        var (id, number) = (command.Parameters.Add("$id", SqliteType.Text), command.Parameters.Add("$number", SqliteType.Integer));
        for (var i = 1; i <= count; i++)
        {
            (id.Value, number.Value) = (Guid.NewGuid(), i);
            if (command.ExecuteNonQuery() != 1)
                throw new InvalidOperationException($"There is no job in {folder}.");
        }

        transaction.Commit();
    }

    private static List<string> Columns(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM pragma_table_info('TrainingJobs')";
        using var reader = command.ExecuteReader();
        List<string> names = [];
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names;
    }
}
