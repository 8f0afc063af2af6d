namespace NnService.Benchmarks.Peers;

/// <summary>A program written in C# with packages that the solution does not restore: a project of its own, whose sources lie beside this program and are
/// built there when it is first asked for.</summary>
/// <param name="name">Its folder under Peers.</param>
internal sealed class PeerProject(string name)
{
    private readonly string _folder = Path.Combine(AppContext.BaseDirectory, "Peers", name);

    /// <summary>Builds it and has it load its libraries; null, or why it cannot run here, in a line.</summary>
    public string? Build()
    {
        try
        {
            // What the build starts must not outlive it.
            return Problem("cannot be built", "dotnet", "build", _folder, "--configuration", "Release", "--nologo", "--disable-build-servers", "-tl:off")
                ?? Problem("does not run", Command("version"));
        }
        catch (TimeoutException timeout)
        {
            return timeout.Message;
        }
    }

    /// <summary>Program and arguments; <c>version</c> has it say who it is.</summary>
    public string[] Command(params string[] arguments) => ["dotnet", Path.Combine(_folder, "bin", "Release", $"{name}.dll"), .. arguments];

    private string? Problem(string what, params string[] command)
    {
        var (exitCode, output, errors) = Contender.Output(command);
        if (exitCode == 0)
            return null;
        var lines = $"{output}\n{errors}".Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var line = lines.FirstOrDefault(line => line.Contains("error ", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? $"exit code {exitCode}";
        return $"{name} {what}: {line[Math.Max(0, line.IndexOf("error ", StringComparison.Ordinal))..].Replace('`', '\'')}"; // it goes into a table
    }
}
