using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace NnService.Api.Tests.Databases;

/// <summary>
/// A PostgreSQL server of the tests' own: Debian's, in a temporary folder, on a free port of the loopback address. It does not wait for the disk, so nothing
/// here is said of what a loss of power leaves.
/// </summary>
public sealed class PostgreSqlServer : IDisposable
{
    private const string Prefix = "nnservice-postgresql-";
    private const string Password = "geheim;=\"wort\"";

    private static readonly string? s_programs = ProgramsIn();

    private readonly string _folder;
    private readonly int _port = FreePort();

    private PostgreSqlServer(string folder) => _folder = folder;

    /// <summary>Why there can be none here; null where there can.</summary>
    public static string? WhyMissing { get; } =
        !OperatingSystem.IsLinux() ? "Debian's PostgreSQL is on Linux alone."
        : s_programs is null ? "PostgreSQL is not installed (apt-get install postgresql)."
        : null;

    /// <summary>Starts a new one.</summary>
    public static PostgreSqlServer Start()
    {
        var server = new PostgreSqlServer(Path.Combine(Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}"));
        Directory.CreateDirectory(server._folder);
        var password = Path.Combine(server._folder, "password");
        File.WriteAllText(password, Password);
        if (Environment.UserName == "root")
            Run("chown", "-R", "postgres", server._folder);
        server.RunProgram("initdb", "--no-sync", "--auth=scram-sha-256", $"--pwfile={password}", "--username=tests", "--encoding=UTF8", "--locale=C.UTF-8",
            $"--pgdata={server.Data}");
        server.Begin();
        server.EndWithThisProcess();
        return server;
    }

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => File.Exists(Path.Combine(Data, "postmaster.pid"));

    /// <summary>The connection string of a database on it.</summary>
    public string ConnectionString(string database, string user = "tests", string? password = null) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Database = database,
        Username = user,
        Password = password ?? Password,
        MaxPoolSize = 20,
        ConnectionIdleLifetime = 15,
        ConnectionPruningInterval = 5,
    }.ConnectionString;

    /// <summary>Executes a statement; the first value of what it gives, or null.</summary>
    public object? Execute(string sql, string database = "postgres")
    {
        using var connection = new NpgsqlConnection($"{ConnectionString(database)};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Starts it, after a <see cref="Stop"/>.</summary>
    public void Begin() => RunProgram("pg_ctl", "start", "--wait", $"--pgdata={Data}", $"--log={_folder}/log", "--options",
        $"-p {_port} -k {_folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=400 -c shared_buffers=64MB -c jit=off -c log_statement=none");

    /// <summary>Ends it; connections are cut.</summary>
    public void Stop() => RunProgram("pg_ctl", "stop", "--wait", "--mode=immediate", $"--pgdata={Data}");

    public void Dispose()
    {
        if (IsRunning)
            Stop();
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private void RunProgram(string program, params string[] arguments) => RunAsServer(_folder, program, arguments);

    private static void RunAsServer(string folder, string program, params string[] arguments)
    {
        string[] all = [Path.Combine(s_programs!, program), .. arguments];
        if (Environment.UserName == "root")
            all = ["runuser", "-u", "postgres", "--", .. all];
        Run(all[0], all[1..], folder);
    }

    private static void Run(string program, params string[] arguments) => Run(program, arguments, "/tmp");

    // Its output goes to a file: a server that was started keeps the pipe of whoever has started it open.
    private static void Run(string program, string[] arguments, string folder)
    {
        var start = new ProcessStartInfo("bash", ["-c", "exec \"$@\" > output.$$ 2>&1 < /dev/null", "run", program, .. arguments])
        {
            WorkingDirectory = folder,
        };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {arguments[0]}: exit code {process.ExitCode}; see {folder}/output.{process.Id}");
    }

    // However this process ends, it outlives it by a second.
    private void EndWithThisProcess()
    {
        const string Script = """
            while kill -0 "$1" 2> /dev/null; do sleep 1; done
            [ ! -d "$2" ] || { cd /tmp; kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"; sleep 1; rm -rf "$2"; }
            """;
        var start = new ProcessStartInfo("setsid", ["bash", "-c", $"({Script}) > /dev/null 2>&1 < /dev/null &", "watch", $"{Environment.ProcessId}", _folder]);
        using var process = Process.Start(start)!;
        process.WaitForExit();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string? ProgramsIn() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            .Where(folder => File.Exists(Path.Combine(folder, "initdb"))).Order().LastOrDefault()
        : null;
}
