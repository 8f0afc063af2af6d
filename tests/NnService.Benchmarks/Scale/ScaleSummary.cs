using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Scale;

/// <summary>All curves with their exponents, at the top of the page.</summary>
internal static class ScaleSummary
{
    private const double Flat = 0.15; // as far from 0, or from 1, as the noise of a shared machine moves an exponent

    public static string Of(IEnumerable<(Axis Axis, ScaleSection Section)> measured)
    {
        var text = new StringBuilder("## Summary\n\n| axis | curve | exponent | reading | against | its exponent | ours to it at the largest size |\n|---|---|---|---|---|---|---|\n");
        foreach (var (axis, section) in measured)
        {
            foreach (var (ours, peers) in section.WithPeers())
            {
                var reading = Reading(ours) + (axis.Reasons.TryGetValue(ours.Name, out var reason) ? $": {reason}" : "");
                text.Append($"| {axis.Name} | {ours.Name} | {ScaleNumber.Exponents(ours)} | {reading} ");
                text.Append(peers.Count == 0 ? $"| {ScaleNumber.None} | | |\n" : string.Join("| | | | ", peers.Select(peer => Against(ours, peer))));
            }
        }

        return text.ToString();
    }

    private static string Against(Curve ours, Curve peer)
    {
        var size = peer.Points.Keys.LastOrDefault(size => ours.Against(peer, size) is not null);
        var ratio = size == 0 ? ScaleNumber.None : string.Create(CultureInfo.InvariantCulture, $"{ScaleNumber.Times(ours.Against(peer, size))} at {size:N0}");
        return $"| {peer.Peer} | {ScaleNumber.Exponents(peer)} | {ratio} |\n";
    }

    /// <summary>The exponent of the last two sizes in words.</summary>
    private static string Reading(Curve curve) => curve.LastExponent() switch
    {
        double.NaN => ScaleNumber.None,
        < -Flat => "falls",
        <= Flat => "flat",
        < 1 - Flat => "below linear",
        <= 1 + Flat => "linear",
        _ => "above linear",
    };
}
