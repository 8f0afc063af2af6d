using System.Diagnostics.Metrics;

namespace NnService.Api.Metrics;

/// <summary>
/// Meters under names that nobody collects: those of the second service that warms up. Meters of the same name are heard in the whole process, whichever
/// service they belong to.
/// </summary>
internal sealed class UnheardMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var meter = new Meter($"unheard.{options.Name}", options.Version, options.Tags, this);
        lock (_meters)
            _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        lock (_meters)
            _meters.ForEach(meter => meter.Dispose());
    }
}
