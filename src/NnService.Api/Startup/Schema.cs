namespace NnService.Api.Data;

/// <summary>The migrations as one script, as <c>dotnet ef migrations script</c> writes it: a new database is made from it, at a tenth of the time and without EF Core.</summary>
internal static class Schema
{
    /// <summary>The statements, in the order of the migrations.</summary>
    public static string Script { get; } = Read();

    /// <summary>Id of the last migration; where a database has it, there is nothing to migrate.</summary>
    public static string Latest { get; } = LatestOf(Script);

    private static string Read()
    {
        using var script = new StreamReader(typeof(Schema).Assembly.GetManifestResourceStream("schema.sql")!);
        return script.ReadToEnd();
    }

    // INSERT INTO "__EFMigrationsHistory" … VALUES ('20260101000000_Initial', '10.0.0');
    private static string LatestOf(string script)
    {
        const string Mark = "VALUES ('";
        var start = script.LastIndexOf(Mark, StringComparison.Ordinal) + Mark.Length;
        return script[start..script.IndexOf('\'', start)];
    }
}
