namespace NnService.Api.Data;

/// <summary>A command that works on the data folder while no service has it.</summary>
/// <param name="Settings">Arguments that are settings, such as <c>--Data:Path=…</c>.</param>
/// <param name="RunAsync">Does it when the database is up to date; gives the exit code.</param>
/// <param name="Beside">What to do where a service has the folder, in a sentence.</param>
internal sealed record OfflineCommand(string[] Settings, Func<IServiceProvider, CancellationToken, Task<int>> RunAsync, string Beside)
{
    /// <summary>Whether it makes a data folder where there is none; others say that there is none.</summary>
    public bool MakesFolder { get; init; }
}
