namespace NnService.Benchmarks.Serving;

/// <summary>How a server is started.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Path">Where predictions are asked for.</param>
/// <param name="Command">The command; PORT in it becomes a free port.</param>
internal sealed record Launch(string Name, string Path, params string[] Command)
{
    /// <summary>The cores it may use, as taskset takes them.</summary>
    public string Cores { get; init; } = "0";

    /// <summary>What answers 200 once it is ready; null: it is ready when it takes connections.</summary>
    public string? Ready { get; init; }

    /// <summary>The service on a data folder.</summary>
    public static Launch Service(string dataFolder) => new(
        "NnService", "", "dotnet", System.IO.Path.Combine(AppContext.BaseDirectory, "NnService.Api.dll"),
        $"--Data:Path={dataFolder}", "--urls=http://127.0.0.1:PORT")
    {
        Ready = "/health/ready",
    };
}
