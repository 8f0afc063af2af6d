using System.Runtime.InteropServices;
using NnService.Api.Errors;

namespace NnService.Api.Http;

/// <summary>How the process's file handles are shared out. Connections get what is left when the service's own needs are set aside, so that callers cannot take
/// what the database and the runtime need.</summary>
/// <param name="Limit">Handles the process may have.</param>
internal sealed partial record FileHandles(long Limit)
{
    /// <summary>Handles below which the service does not start: with everything in use, and some connections.</summary>
    public const long Fewest = Own + (HandlesAConnection * FewestConnections) + FewestTables;

    private const long Own = 336; // the runtime holds two for each of 126 libraries; with sockets, database, a training and the warm-up, every door used: 300
    private const long HandlesAConnection = 3; // its socket, and the database's files or two of its own while it is answered
    private const long FewestConnections = 16;
    private const long FewestTables = 16;
    private const int LinuxFiles = 7;
    private const int MacFiles = 8;

    /// <summary>What connections and tables have between them.</summary>
    private long Free => Limit - Own;

    /// <summary>Tables that may be held open at a time.</summary>
    public long ForTables => Math.Clamp(Free / 4, FewestTables, 4096);

    /// <summary>Connections there may be at a time.</summary>
    public long ForConnections => (Free - ForTables) / HandlesAConnection;

    /// <summary>Those of this process. Errors: <see cref="StartException"/> where they are too few.</summary>
    public static FileHandles OfThisProcess()
    {
        var limit = LimitOfThisProcess();
        return limit >= Fewest ? new FileHandles(limit)
            : throw new StartException(
                $"The process may have {limit} file handles open; NnService needs at least {Fewest}. Raise the limit, for example with ulimit -n 4096.");
    }

    /// <summary>Most connections: what is set, or all there are handles for. Errors: <see cref="StartException"/> where more is set.</summary>
    public long ConnectionsFor(IConfiguration settings)
    {
        const string Framework = "Kestrel:Limits:MaxConcurrentConnections"; // its own name for the same
        var key = settings[Framework] is { Length: > 0 } ? Framework : "Limits:MaxConnections";
        var asked = Setting.Number(settings, key, ForConnections, low: 1);
        return asked <= ForConnections ? asked
            : throw new StartException(
                $"The setting {key} is {asked}; the {Limit} file handles of the process allow {ForConnections}. Lower the setting, or raise the limit, "
                + $"for example with ulimit -n {Own + (4 * asked)}.");
    }

    private static long LimitOfThisProcess()
    {
        if (OperatingSystem.IsWindows())
            return int.MaxValue;
        return GetLimit(OperatingSystem.IsMacOS() ? MacFiles : LinuxFiles, out var limit) == 0 ? (long)Math.Min(limit.Soft, int.MaxValue) : int.MaxValue;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ResourceLimit(nuint Soft, nuint Hard);
}
