using System.Diagnostics;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Data.Nodes;

/// <summary>This process as one of those that share a database. Alone, where the database or the uploads are in its data folder.</summary>
internal sealed class Node
{
    private const string RoleSetting = "Cluster:Role", NameSetting = "Cluster:Node", CheckInSetting = "Cluster:CheckInSeconds";
    private const int MostCharacters = 100;

    private static readonly TimeSpan s_mostSilence = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock;
    private volatile bool _leads;
    private long _heardAt = Stopwatch.GetTimestamp();
    private volatile ClusterSize _size;

    private Node(NodeRole role, string name, bool isAlone, TimeSpan checkIn, TimeProvider clock)
    {
        (Role, Name, IsAlone, CheckIn, StartedAt, _clock) = (role, name, isAlone, checkIn, clock.GetUtcNow().UtcDateTime, clock);
        _leads = isAlone;
        _size = new ClusterSize(1, 1);
    }

    public Guid Id { get; } = Guid.CreateVersion7();

    public NodeRole Role { get; }

    /// <summary>What people call it: <c>Cluster:Node</c>, else the machine's name.</summary>
    public string Name { get; }

    /// <summary>Whether no other process may have the database.</summary>
    public bool IsAlone { get; }

    /// <summary>How often a node says that it lives; after three times that without a word its jobs go to others.</summary>
    public TimeSpan CheckIn { get; }

    /// <summary>After how long without a word a node is taken for dead.</summary>
    public TimeSpan Patience => CheckIn * 3;

    /// <summary>When it was started.</summary>
    public DateTime StartedAt { get; }

    /// <summary>What it says of itself.</summary>
    public NodeRow Row() => new(Id, Name, Role, Slots, Leads, ServiceVersion.Text, StartedAt, _clock.GetUtcNow().UtcDateTime, 0, Jobs());

    /// <summary>Jobs it trains at once; 0 where it trains none.</summary>
    public int Slots { get; set; }

    /// <summary>Whether it is a command on the database of nodes that run, and none of them.</summary>
    public bool IsCommand { get; set; }

    public bool Trains => Role != NodeRole.Api;

    public bool Serves => Role != NodeRole.Worker;

    /// <summary>The ids of the jobs that it trains.</summary>
    public Func<IReadOnlyList<Guid>> Jobs { get; set; } = () => [];

    /// <summary>What the nodes that live can do together.</summary>
    public ClusterSize Size
    {
        get => _size;
        set
        {
            var grows = value.Slots > _size.Slots;
            _size = value;
            if (grows)
                Grew?.Invoke();
        }
    }

    /// <summary>There are more places for jobs.</summary>
    public event Action? Grew;

    /// <summary>Whether it has not been able to hear for a second what others change: what it remembers may hold no longer.</summary>
    public bool IsDeaf => !IsAlone && Stopwatch.GetElapsedTime(Volatile.Read(ref _heardAt)) > s_mostSilence;

    /// <summary>It knows of everything that was changed before a moment.</summary>
    /// <param name="timestamp">The moment, as <see cref="Stopwatch.GetTimestamp"/> gives it.</param>
    public void Heard(long timestamp) => Volatile.Write(ref _heardAt, timestamp);

    /// <summary>Whether it does what one node at a time does: taking studies on, webhooks, deleting by age.</summary>
    public bool Leads => _leads;

    /// <summary>It leads from now on.</summary>
    public event Action? BeganToLead;

    /// <summary>Whether it leads from now on.</summary>
    public void Lead(bool leads)
    {
        var begins = leads && !_leads;
        _leads = leads;
        if (begins)
            BeganToLead?.Invoke();
    }

    /// <summary>As the settings say. Errors: <see cref="StartException"/>.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="isAlone">Whether no other process may have the database.</param>
    /// <param name="clock">By which it tells its times.</param>
    public static Node Of(IConfiguration settings, bool isAlone, TimeProvider clock)
    {
        var role = (settings[RoleSetting] ?? "").Trim().ToLowerInvariant() switch
        {
            "" or "all" => NodeRole.All,
            "api" => NodeRole.Api,
            "worker" => NodeRole.Worker,
            var other => throw new StartException($"The setting {RoleSetting} is \"{Echo.Cut(other)}\"; it must be all, api or worker."),
        };
        if (isAlone && role != NodeRole.All)
            throw new StartException(
                $"The setting {RoleSetting} is {role.ToString().ToLowerInvariant()}, but this node would be alone: nodes share a database of PostgreSQL "
                + "(Database:Provider), and uploads in a folder or a bucket that all of them reach (Storage:BlobFolder, or Storage:Kind=s3).");
        var name = settings[NameSetting]?.Trim() is { Length: > 0 } given ? given : Environment.MachineName;
        if (name.Length > MostCharacters || name.Any(char.IsControl))
            throw new StartException($"The setting {NameSetting} must have at most {MostCharacters} characters, and no control characters.");
        return new Node(role, name, isAlone, TimeSpan.FromSeconds(Math.Max(1, Setting.Seconds(settings, CheckInSetting, 3))), clock);
    }
}

/// <summary>What the nodes that live can do together.</summary>
/// <param name="Slots">Jobs at once.</param>
/// <param name="Servers">Nodes that answer requests; at least 1.</param>
internal sealed record ClusterSize(int Slots, int Servers);
