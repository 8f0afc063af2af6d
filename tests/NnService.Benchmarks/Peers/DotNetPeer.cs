using NnService.Benchmarks.Workloads;

namespace NnService.Benchmarks.Peers;

/// <summary>A peer written in C#, built when it is first asked for.</summary>
/// <param name="name">What the table calls it.</param>
/// <param name="project">Its folder under Peers.</param>
/// <param name="arguments">What it gets beside the workload's name; null: nothing.</param>
internal sealed class DotNetPeer(string name, string project, Func<Workload, string[]>? arguments = null) : Contender
{
    private readonly PeerProject _project = new(project);

    public override string Name => name;

    public override string? Unavailable() => _project.Build();

    protected override string[] Command(Workload workload) => _project.Command([workload.Name, .. arguments?.Invoke(workload) ?? []]);
}
