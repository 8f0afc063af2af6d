using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>The service as a process of its own, as a person starts it: on a free port, with a data folder that outlives it.</summary>
public sealed partial class ServiceProcess : IDisposable
{
    // For what a quiet machine does in a second: no test is true or false by it.
    private static readonly TimeSpan Deadline = Wire.Patience;

    private readonly Process _process;

    private readonly Channel<string> _lines;

    private readonly Channel<string> _errors;

    private ServiceProcess(Process process, Channel<string> lines, Channel<string> errors, string url)
    {
        (_process, _lines, _errors) = (process, lines, errors);
        Wire = new Wire(new HttpClient { BaseAddress = new Uri(url), Timeout = Wire.Patience });
    }

    public Wire Wire { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts it and waits for the line that says where it listens.</summary>
    public static Task<ServiceProcess> Start(string dataFolder, params string[] arguments) => StartUnder([], dataFolder, arguments);

    /// <summary>The same under another program, such as <c>setpriv …</c> or <c>bash -c 'ulimit -n 256; exec "$@"' limited</c>.</summary>
    public static async Task<ServiceProcess> StartUnder(string[] program, string dataFolder, params string[] arguments)
    {
        var process = Launch(dataFolder, arguments, program);
        var (lines, errors) = (Channel.CreateUnbounded<string>(), Channel.CreateUnbounded<string>());
        process.OutputDataReceived += (_, line) => Take(lines, line.Data);
        process.ErrorDataReceived += (_, line) => Take(errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var before = new List<string>();
        var ready = await Line(lines, "NnService is ready. ", before.Add);
        var url = Address().Match(ready).Value; // in a line of JSON, or of words
        return new ServiceProcess(process, lines, errors, url) { SaidBefore = before, ReadyLine = ready };
    }

    /// <summary>The lines of its output up to the one that says that it is ready.</summary>
    public IReadOnlyList<string> SaidBefore { get; private init; } = [];

    /// <summary>The line that says so.</summary>
    public string ReadyLine { get; private init; } = "";

    /// <summary>Waits for a line of its output that has a text in it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pass">Is given the lines before it.</param>
    /// <param name="patience">For what the service does when nothing else is to be done.</param>
    public Task<string> Line(string text, Action<string>? pass = null, TimeSpan? patience = null) => Line(_lines, text, pass, patience);

    /// <summary>The same of what it tells whoever has started it.</summary>
    public Task<string> ErrorLine(string text) => Line(_errors, text);

    /// <summary>What it has said and nobody has read yet.</summary>
    public IReadOnlyList<string> SaidSoFar()
    {
        var said = new List<string>();
        while (_lines.Reader.TryRead(out var line))
            said.Add(line);
        return said;
    }

    /// <summary>What is left of its output when it has ended.</summary>
    public Task<IReadOnlyList<string>> Rest() => Rest(_lines);

    /// <summary>The same of what it tells whoever has started it.</summary>
    public Task<IReadOnlyList<string>> RestOfErrors() => Rest(_errors);

    private static async Task<IReadOnlyList<string>> Rest(Channel<string> lines)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var rest = new List<string>();
        await foreach (var line in lines.Reader.ReadAllAsync(deadline.Token))
            rest.Add(line);
        return rest;
    }

    [GeneratedRegex("https?://[^/\"]+")]
    private static partial Regex Address();

    private static void Take(Channel<string> lines, string? line)
    {
        if (line is null)
            lines.Writer.Complete();
        else
            lines.Writer.TryWrite(line);
    }

    private static async Task<string> Line(Channel<string> lines, string text, Action<string>? pass = null, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? Deadline);
        await foreach (var line in lines.Reader.ReadAllAsync(deadline.Token))
        {
            if (line.Contains(text, StringComparison.Ordinal))
                return line;
            pass?.Invoke(line);
        }

        throw new InvalidOperationException($"The service ended before it said \"{text}\".");
    }

    /// <summary>Starts it and kills it so long after its launch, ready or not.</summary>
    public static async Task StartAndKill(string dataFolder, TimeSpan after, params string[] arguments)
    {
        using var process = Launch(dataFolder, arguments);
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        await Task.Delay(after);
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Runs it to its end, for starts that are to fail or end by themselves.</summary>
    public static Task<(int ExitCode, string Error)> RunToEnd(string dataFolder, params string[] arguments) => RunToEndUnder([], dataFolder, arguments);

    /// <summary>The same under another program.</summary>
    public static async Task<(int ExitCode, string Error)> RunToEndUnder(string[] program, string dataFolder, params string[] arguments)
    {
        var (exitCode, _, error) = await RunToEnd(Launch(dataFolder, arguments, program));
        return (exitCode, error);
    }

    /// <summary>Runs a command, such as <c>keys list</c>, to its end; values of its options stand behind an equals sign.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunCommand(string dataFolder, params string[] arguments) =>
        RunToEnd(Launch(dataFolder, arguments));

    private static async Task<(int ExitCode, string Output, string Error)> RunToEnd(Process started)
    {
        using var process = started;
        try
        {
            using var deadline = new CancellationTokenSource(Deadline);
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = await process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, await output, error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    /// <summary>kill -9: nothing in the process gets a chance to tidy up.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGSTOP: it stands still, as a machine does that is paused, until <see cref="Wake"/>.</summary>
    public Task Freeze() => Signal("-STOP");

    /// <summary>SIGCONT.</summary>
    public Task Wake() => Signal("-CONT");

    private async Task Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, _process.Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as a container's stop sends it; the exit code.</summary>
    public async Task<int> Terminate()
    {
        await Signal("-TERM");
        await _process.WaitForExitAsync(new CancellationTokenSource(Deadline).Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Wire.Http.Dispose();
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit(Deadline); // until then the data folder is its own
        _process.Dispose();
    }

    /// <summary>The arguments of the program with a test's own among them, which come last: of two settings of one name the last one wins.</summary>
    public static string[] ArgumentsWith(string dataFolder, params string[] arguments) =>
    [
        .. Commands(arguments), $"--Data:Path={dataFolder}", .. TestDatabase.Settings(dataFolder).Select(setting => $"--{setting.Name}={setting.Value}"),
        "--urls=http://127.0.0.1:0", "--WarmUp:Enabled=false", "--Training:LowPriority=false", .. Settings(arguments),
    ];

    private static IEnumerable<string> Commands(string[] arguments) => arguments.Where(argument => argument[0] != '-');

    private static IEnumerable<string> Settings(string[] arguments) => arguments.Where(argument => argument[0] == '-');

    private static Process Launch(string dataFolder, string[] arguments, string[]? program = null)
    {
        string[] all = [.. program ?? [], "dotnet", Path.Combine(AppContext.BaseDirectory, "NnService.Api.dll"), .. ArgumentsWith(dataFolder, arguments)];
        var start = new ProcessStartInfo(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredPGO"] = "0"; // it lives for seconds: what the runtime would learn of it is of no use
        return Process.Start(start)!;
    }
}
