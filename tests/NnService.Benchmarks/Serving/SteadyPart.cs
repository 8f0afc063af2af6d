using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Serving;

/// <summary>Whether memory stays where it is over a million requests.</summary>
internal static class SteadyPart
{
    private const double Many = 1e6;

    public static void Measure(Stage stage, ServingOptions options, StringBuilder text)
    {
        var asked = Case.All[0];
        var ours = stage.Predicting(asked);
        var script = stage.Script(asked);
        Load.Most(ours, script, options.Seconds);
        var (before, sent) = (stage.Service.Memory.Resident, 0.0);
        while (sent < Many)
            sent += Load.Most(ours, script, options.Seconds).Requests;
        text.AppendLine(CultureInfo.InvariantCulture, $"""

            ## A million requests

            Over {sent:N0} requests of {asked.Inputs} features resident memory went from {before:0.0} to {stage.Service.Memory.Resident:0.0} MiB.
            """);
    }
}
