using System.Globalization;
using System.Text;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Scale;

/// <summary>The page of all axes; one that is measured again takes the place of what stood there.</summary>
/// <param name="file">The page.</param>
internal sealed class ScaleReport(string file)
{
    private const string Begin = "## ";
    private const string End = "## How to read it";

    /// <summary>Puts an axis into the page.</summary>
    public void Put(string name, string section, IReadOnlyList<string> order)
    {
        var sections = File.Exists(file) ? Sections(File.ReadAllText(file)) : [];
        sections[name] = section;
        var page = new StringBuilder("""
            # How it grows

            What the service takes as tables, trainings and stocks grow, over loopback, each size by a service of its own on an empty data folder. One command makes this page:

            ```bash
            dotnet run -c Release --project tests/NnService.Benchmarks -- scale --write            # a quarter of an hour
            dotnet run -c Release --project tests/NnService.Benchmarks -- scale rows --large       # one axis, up to its largest size, nothing written
            ```


            """);
        foreach (var known in order.Where(sections.ContainsKey))
            page.Append(sections[known].Trim()).Append("\n\n");
        page.Append(End).Append("\n\n").Append("""
            - The exponent is the slope of the least squares line of log figure on log size: 1 is linear, 0 is the same at every size. Small sizes pay mostly what is paid once; the exponent in brackets is that of the last two sizes alone.
            - "Per unit" is the figure divided by the size, at the first size and at 10 and 100 times it, where it was measured.
            - A figure is the median of three jobs or more; an upload is timed once, and the memory is the most physical memory of the process, which had 120 to 150 MB before.
            - One thread trains, in float32. The load is that of the machine when the axis had ended: where it is above 1, others were at work, and times of a wall clock are too long by their share.
            - Peers are not on this page: none of them takes an upload, a plan, a history and metrics together, and of parts the pages beside this one have them ([trainings](README.md), [reading](reading.md), [serving](serving.md)).

            """);
        File.WriteAllText(file, page.ToString());
    }

    /// <summary>The text of an axis.</summary>
    public static string Section(Axis axis, IReadOnlyList<Curve> curves, string commit, double load)
    {
        double[] sizes = [.. curves.SelectMany(curve => curve.Points).Select(point => point.Size).Distinct().Order()];
        var text = new StringBuilder($"{Begin}{axis.Name}\n\n{axis.Says}\n\n");
        text.Append($"{DateTime.UtcNow:yyyy-MM-dd}, commit {commit}, {Machine.Processor}, load {Number(load)}\n\n");
        text.Append($"| | unit | {string.Join(" | ", sizes.Select(size => size.ToString("N0", CultureInfo.InvariantCulture)))} | exponent | per unit at 1×, 10×, 100× |\n");
        text.Append($"|---|---|{string.Concat(sizes.Select(_ => "---|"))}---|---|\n");
        foreach (var curve in curves)
        {
            var cells = sizes.Select(size => curve.Points.Where(point => point.Size == size).Select(point => Number(point.Figure)).FirstOrDefault() ?? "");
            var each = new[] { 1, 10, 100 }.Select(times => curve.Points.FirstOrDefault(point => point.Size == times * curve.Points[0].Size))
                .Select(point => point.Size > 0 ? Number(point.Figure / point.Size) : "–");
            text.Append($"| {curve.Name} | {curve.Unit} | {string.Join(" | ", cells)} | {Number(curve.Exponent)} ({Number(curve.LastExponent)}) | {string.Join(", ", each)} |\n");
        }

        return text.ToString();
    }

    private static Dictionary<string, string> Sections(string page)
    {
        var sections = new Dictionary<string, string>();
        foreach (var part in page.Split($"\n{Begin}").Skip(1))
            sections[part.Split('\n')[0].Trim()] = Begin + part;
        sections.Remove(End[Begin.Length..]);
        return sections;
    }

    private static string Number(double number) => double.IsNaN(number) ? "–" : Math.Abs(number) >= 1000 || number == 0
        ? number.ToString("N0", CultureInfo.InvariantCulture)
        : number.ToString("G3", CultureInfo.InvariantCulture);
}
