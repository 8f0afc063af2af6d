using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Scale;

/// <summary>The text of one axis.</summary>
internal static class ScaleTable
{
    /// <summary>What was measured, the table of its curves and of peers, and notes.</summary>
    public static string Of(Axis axis, ScaleSection section)
    {
        int[] sizes = [.. section.Curves.SelectMany(curve => curve.Points.Keys).Distinct().Order()];
        var text = new StringBuilder($"## {axis.Name}\n\n{axis.Says}{(axis.Peers.Length == 0 ? "" : $" {axis.Peers}")}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{section.Date:yyyy-MM-dd}, commit {section.Commit}, {section.Processor}, load {ScaleNumber.Of(section.Load)}\n\n");
        text.Append($"| | unit | {string.Join(" | ", sizes.Select(size => size.ToString("N0", CultureInfo.InvariantCulture)))} | exponent | per unit at 1×, 10×, 100× |\n");
        text.Append($"|---|---|{string.Concat(sizes.Select(_ => "---|"))}---|---|\n");
        foreach (var (ours, peers) in section.WithPeers())
        {
            text.Append(Line(ours.Name, ours, sizes, size => ScaleNumber.Of(ours.Points[size])));
            foreach (var peer in peers)
                text.Append(Line($"{ours.Name}: {peer.Peer}", peer, sizes, size => $"{ScaleNumber.Of(peer.Points[size])} {Beside(ours.Against(peer, size))}".Trim()));
        }

        string[] alone = [.. section.WithPeers().Where(pair => pair.Peers.Count == 0).Select(pair => pair.Ours.Name)];
        if (alone.Length > 0 && section.WithPeers().Any(pair => pair.Peers.Count > 0))
            text.Append($"\nWithout a peer: {string.Join("; ", alone)}.\n");
        if (section.Notes.Count > 0)
            text.Append('\n').AppendJoin("", section.Notes.Select(note => $"- {note}\n"));
        return text.ToString();
    }

    private static string Line(string name, Curve curve, int[] sizes, Func<int, string> cell)
    {
        var cells = sizes.Select(size => curve.Points.ContainsKey(size) ? cell(size) : "");
        var each = new[] { 1, 10, 100 }.Select(times => (long)times * curve.Points.Keys.First())
            .Select(size => curve.Points.FirstOrDefault(point => point.Key == size))
            .Select(point => point.Key > 0 && curve.Unit != "%" ? ScaleNumber.Of(point.Value / point.Key) : ScaleNumber.None);
        return $"| {name} | {curve.Unit} | {string.Join(" | ", cells)} | {ScaleNumber.Exponents(curve)} | {string.Join(", ", each)} |\n";
    }

    private static string Beside(double? ratio) => ratio is null ? "" : $"({ScaleNumber.Times(ratio)})";
}
