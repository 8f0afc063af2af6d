using System.Diagnostics.Metrics;

namespace NnService.Api.Metrics;

/// <summary>
/// The meter of the service's own figures. A class that has something to count makes its instrument here, and <c>/metrics</c> has it from then on.
/// Names are dotted and singular, units in UCUM (<c>s</c>, <c>By</c>, <c>{row}</c>), as OpenTelemetry's conventions have them.
/// </summary>
internal sealed class ServiceMeter(IMeterFactory meters)
{
    /// <summary>The name under which the figures are collected.</summary>
    public const string Name = "NnService";

    private static readonly double[] s_seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly Meter _meter = meters.Create(Name);

    /// <summary>Counts what happens.</summary>
    public Counter<long> Counter(string name, string unit, string description) => _meter.CreateCounter<long>(name, unit, description);

    /// <summary>How long something takes, in seconds.</summary>
    public Histogram<double> Duration(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_seconds });

    /// <summary>A count that somebody else keeps, read when it is asked for.</summary>
    public void Count(string name, string unit, string description, Func<long> read) => _meter.CreateObservableCounter(name, read, unit, description);

    /// <summary>What there is at the moment of asking.</summary>
    public void Gauge(string name, string unit, string description, Func<double> read) => _meter.CreateObservableGauge(name, read, unit, description);

    /// <summary>The same with a figure for each value of a label.</summary>
    public void Gauge(string name, string unit, string description, Func<IEnumerable<Measurement<double>>> read) =>
        _meter.CreateObservableGauge(name, read, unit, description);
}
