namespace NnService.Benchmarks.Scale;

/// <summary>What one curve has at one size.</summary>
/// <param name="Curve">What is measured.</param>
/// <param name="Unit">Of the value.</param>
/// <param name="Value">Null: there is none, for the reason in <see cref="Missing"/>.</param>
/// <param name="Peer">Who did it; null: the service.</param>
/// <param name="Missing">Why there is no value.</param>
internal sealed record Figure(string Curve, string Unit, double? Value, string? Peer = null, string? Missing = null)
{
    /// <summary>No value, and why.</summary>
    public static Figure None(string curve, string peer, string why) => new(curve, "", null, peer, why);
}
