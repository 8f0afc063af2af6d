using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Serving;

/// <summary>A network and the single row it is asked about.</summary>
/// <param name="Inputs">Features.</param>
/// <param name="Hidden">Hidden units.</param>
/// <param name="Outputs">Outputs; above one they are classes.</param>
/// <param name="Target">Requests per second promised.</param>
/// <param name="TargetShare">Share of the bare endpoint promised.</param>
/// <param name="TargetOverTorch">Times FastAPI with torch promised; null: nothing is.</param>
/// <param name="TargetOverOrt">Times an endpoint over ONNX Runtime promised; null: nothing is.</param>
internal sealed record Case(
    int Inputs, int Hidden, int Outputs, double Target, double TargetShare, double? TargetOverTorch = null, double? TargetOverOrt = null)
{
    /// <summary>Asked about row by row.</summary>
    public static IReadOnlyList<Case> All { get; } = [new(64, 32, 1, 40_000, 0.75), new(784, 128, 10, 25_000, 0.45, 13, 1.9)];

    /// <summary>Asked about by the thousand.</summary>
    public static Case Narrow { get; } = new(20, 64, 1, 0, 0);

    public string Name => $"{Inputs}-{Hidden}-{Outputs}";

    /// <summary>The request that makes the model.</summary>
    public string Model()
    {
        var chance = new Random(1);
        var labels = Outputs > 1 ? $"\"labels\":[{Joined(Outputs, i => $"\"{i}\"")}]," : "";
        var layers = $"{Layer(Inputs, Hidden, "relu")},{Layer(Hidden, Outputs, "linear")}";
        return $$"""{"name":"m{{Inputs}}","features":[{{Features}}],{{labels}}"network":{"layers":[{{layers}}]} }""";

        string Layer(int from, int to, string activation) => $$"""
            {"type":"dense","units":{{to}},"activation":"{{activation}}","bias":[{{Joined(to, _ => "0")}}],"weights":[{{Joined(from, _ => $"[{Joined(to, _ => Number((chance.NextDouble() - 0.5) / Math.Sqrt(from)))}]")}}]}
            """;
    }

    /// <summary>One row: grey values for the large network, measurements with four digits for the small one.</summary>
    public string Body()
    {
        var chance = new Random(2);
        string Value(int i) => Inputs > 500
            ? (chance.NextDouble() < 0.8 ? "0" : chance.Next(256).ToString(CultureInfo.InvariantCulture))
            : Number(4 * (chance.NextDouble() - 0.5));
        return $$"""{"columns":[{{Features}}],"rows":[[{{Joined(Inputs, Value)}}]]}""";
    }

    /// <summary>A table of rows of measurements, with a header; the same thousand rows over and over.</summary>
    public byte[] Csv(int bytes)
    {
        var chance = new Random(3);
        var header = Encoding.ASCII.GetBytes(Joined(Inputs, i => $"p{i}") + "\n");
        var rows = Encoding.ASCII.GetBytes(
            string.Concat(Enumerable.Range(0, 1000).Select(_ => Joined(Inputs, _ => Number(4 * (chance.NextDouble() - 0.5))) + "\n")));
        var csv = new byte[header.Length + (rows.Length * Math.Max(1, bytes / rows.Length))];
        header.CopyTo(csv, 0);
        for (var at = header.Length; at < csv.Length; at += rows.Length)
            rows.CopyTo(csv, at);
        return csv;
    }

    private string Features => Joined(Inputs, i => $"\"p{i}\"");

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Joined(int count, Func<int, string> part) => new StringBuilder().AppendJoin(',', Enumerable.Range(0, count).Select(part)).ToString();
}
