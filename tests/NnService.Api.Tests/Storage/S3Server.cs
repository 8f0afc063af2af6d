using System.Diagnostics;

namespace NnService.Api.Tests.Storage;

/// <summary>s3rver as a process of its own, with the bucket <c>nn</c>; its objects are files, which a test can look at and damage.</summary>
public sealed class S3Server : IDisposable
{
    /// <summary>What s3rver takes.</summary>
    public const string AccessKey = "S3RVER", SecretKey = "S3RVER";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly Lazy<string?> s_missing = new(() => Works() ? null
        : "node with s3rver is not there (npm install s3rver@3.7.1, and its folder node_modules in NODE_PATH).");

    private readonly string _folder;
    private Process _process;

    private S3Server(string folder, Process process, int port) => (_folder, _process, Port) = (folder, process, port);

    /// <summary>Why there is none here; null where there is.</summary>
    public static string? WhyMissing => s_missing.Value;

    public int Port { get; private set; }

    /// <summary>The settings of a service that keeps its blobs here.</summary>
    public string[] Settings =>
    [
        "--Storage:Kind=s3", $"--Storage:S3:ServiceUrl=http://127.0.0.1:{Port}", "--Storage:S3:Bucket=nn", "--Storage:S3:Prefix=team/a",
        $"--Storage:S3:AccessKey={AccessKey}", $"--Storage:S3:SecretKey={SecretKey}",
    ];

    public static async Task<S3Server> Start()
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-s3-").FullName;
        var (process, port) = await Launch(folder, 0);
        return new S3Server(folder, process, port);
    }

    /// <summary>The files of objects whose keys begin so, by key; but for the one by which nodes of a cluster know each other.</summary>
    public IReadOnlyDictionary<string, string> Objects(string start)
    {
        const string Suffix = "._S3rver_object";
        var bucket = Path.Combine(_folder, "nn", "team", "a");
        return !Directory.Exists(bucket) ? new Dictionary<string, string>() : Directory.EnumerateFiles(bucket, $"*{Suffix}", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(bucket, file)[..^Suffix.Length])
            .Where(item => item.Key.StartsWith(start, StringComparison.Ordinal) && IsThereAndNotTheClusters(item.Value))
            .ToDictionary();
    }

    /// <summary>Nobody answers on its port any more.</summary>
    public async Task Stop()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        RemoveHalfWritten();
    }

    /// <summary>Its port answers again, with the objects it had.</summary>
    public async Task StartAgain() => (_process, Port) = await Launch(_folder, Port);

    /// <summary>It takes connections and answers nothing, until it is killed or continued.</summary>
    public Task Freeze() => Signal("-STOP");

    public Task Thaw() => Signal("-CONT");

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // s3rver writes an object as three files. Over one of which the kill has left a file without its content it stumbles from then on, whatever is asked.
    private void RemoveHalfWritten()
    {
        string[] kinds = ["._S3rver_object", "._S3rver_object.md5", "._S3rver_metadata.json"];
        var files = new DirectoryInfo(_folder).EnumerateFiles("*._S3rver_*", SearchOption.AllDirectories).ToList();
        foreach (var key in files.Select(file => file.FullName[..file.FullName.LastIndexOf("._S3rver_", StringComparison.Ordinal)]).Distinct())
        {
            FileInfo[] parts = [.. kinds.Select(kind => new FileInfo(key + kind))];
            if (parts.Any(part => part.Exists && part.Length == 0) || !parts[0].Exists)
                foreach (var part in parts)
                    part.Delete();
        }
    }

    // A checkpoint that was there when the files were listed may be gone by now: the service keeps the newest alone.
    private static bool IsThereAndNotTheClusters(string file)
    {
        try
        {
            return !File.ReadAllText(file).StartsWith("Nodes of a cluster", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private async Task Signal(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    private static async Task<(Process Process, int Port)> Launch(string folder, int port)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Storage", "s3.js");
        var process = Process.Start(new ProcessStartInfo("node", [script, folder, $"{port}"]) { RedirectStandardOutput = true })!;
        using var deadline = new CancellationTokenSource(Deadline);
        var line = await process.StandardOutput.ReadLineAsync(deadline.Token) ?? throw new InvalidOperationException("s3rver has ended.");
        return (process, int.Parse(line.Split(' ')[^1]));
    }

    private static bool Works()
    {
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", ["-e", "require('s3rver')"]) { RedirectStandardError = true })!;
            node.StandardError.ReadToEnd();
            node.WaitForExit();
            return node.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
