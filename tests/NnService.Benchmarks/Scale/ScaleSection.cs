namespace NnService.Benchmarks.Scale;

/// <summary>What one run has found of one axis.</summary>
/// <param name="Axis">Its name.</param>
/// <param name="Date">The day.</param>
/// <param name="Commit">What was measured.</param>
/// <param name="Processor">Where.</param>
/// <param name="Load">Of the machine, when the axis had ended.</param>
/// <param name="Curves">The service's, and peers' beside them.</param>
/// <param name="Notes">Sentences on what is missing.</param>
internal sealed record ScaleSection(
    string Axis, DateOnly Date, string Commit, string Processor, double Load, IReadOnlyList<Curve> Curves, IReadOnlyList<string> Notes)
{
    /// <summary>Each curve of the service, with those of its peers.</summary>
    public IEnumerable<(Curve Ours, IReadOnlyList<Curve> Peers)> WithPeers() => Curves.Where(curve => curve.Peer is null).Select(
        curve => (curve, (IReadOnlyList<Curve>)[.. Curves.Where(other => other.Peer is not null && other.Name == curve.Name)]));
}
