using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Clusters;

/// <summary>Nodes that share a database and a place for uploads, each a process with a data folder of its own: they share no memory.</summary>
/// <param name="folder">For the data folders, and for the one that they share.</param>
/// <param name="connectionString">The database.</param>
/// <param name="storage">Settings that name another place for uploads than that folder.</param>
internal sealed class TestCluster(string folder, string connectionString, params string[] storage) : IDisposable
{
    private readonly ConcurrentDictionary<string, ServiceProcess> _nodes = new();

    /// <summary>The nodes that run, by name.</summary>
    public IReadOnlyDictionary<string, ServiceProcess> Nodes => _nodes;

    /// <summary>A node's requests.</summary>
    public Wire this[string name] => _nodes[name].Wire;

    /// <summary>Starts a node, with nothing of what one of its name has left.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">all, api or worker.</param>
    /// <param name="settings">Further settings.</param>
    public Task<ServiceProcess> Start(string name, string role, params string[] settings) => StartUnder([], name, role, settings);

    /// <summary>The same under another program.</summary>
    public async Task<ServiceProcess> StartUnder(string[] program, string name, string role, params string[] settings) =>
        _nodes[name] = await ServiceProcess.StartUnder(program, DataFolder(name), [.. Settings(name, role), .. settings]);

    /// <summary>Runs a node that is to refuse its start; what it says.</summary>
    public Task<string> Refusal(string name, string role, params string[] settings) => RefusalUnder([], name, role, settings);

    /// <summary>The same under another program.</summary>
    public async Task<string> RefusalUnder(string[] program, string name, string role, params string[] settings)
    {
        var (exitCode, error) = await ServiceProcess.RunToEndUnder(program, DataFolder(name), [.. Settings(name, role), .. settings]);
        return exitCode == 1 ? error : throw new InvalidOperationException($"exit code {exitCode}: {error}");
    }

    /// <summary>kill -9.</summary>
    public async Task Kill(string name)
    {
        _nodes.Remove(name, out var node);
        await node!.Kill();
        node.Dispose();
    }

    /// <summary>SIGTERM, and waits for its end; the exit code.</summary>
    public async Task<int> Stop(string name)
    {
        _nodes.Remove(name, out var node);
        var exitCode = await node!.Terminate();
        node.Dispose();
        return exitCode;
    }

    /// <summary>The nodes as one of them shows them, by name: the living ones.</summary>
    public static async Task<Dictionary<string, JsonNode>> Look(Wire wire) =>
        (await wire.Get("cluster")).Json["nodes"]!.AsArray().Where(node => (bool)node!["isAlive"]!)
            .GroupBy(node => (string)node!["name"]!).ToDictionary(nodes => nodes.Key, nodes => nodes.MaxBy(node => (string)node!["startedAt"]!)!);

    /// <summary>Waits until that shows what is wanted.</summary>
    public static Task<JsonNode> Until(Wire wire, Func<JsonNode, bool> isWanted) => wire.UntilAt("cluster", isWanted);

    public void Dispose()
    {
        foreach (var node in _nodes.Values)
        {
            node.Wake().Wait(); // a process that stands still ends all the same
            node.Dispose();
        }
    }

    /// <summary>A job on the dataset "heights" that trains for some milliseconds.</summary>
    public static string ShortJob(string model) => $$"""
        {"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":2,"model":"{{model}}",
         "network":{"inputs":2,"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense","units":1,"activation":"sigmoid"}]},
         "loss":"meanSquaredError","split":{"train":1,"validation":0,"test":0} }
        """;

    private string DataFolder(string name) => Path.Combine(folder, name);

    private string[] Settings(string name, string role)
    {
        var blobs = Path.Combine(folder, "blobs");
        Directory.CreateDirectory(blobs);
        return
        [
            "--Database:Provider=PostgreSql", $"--Database:ConnectionString={connectionString}", $"--Storage:BlobFolder={blobs}", $"--Cluster:Node={name}",
            $"--Cluster:Role={role}", "--Cluster:CheckInSeconds=2", "--Training:MaxConcurrentJobs=1", "--Training:ThreadsPerJob=1",
            "--Training:CheckpointSeconds=0.1", .. storage,
        ];
    }
}
