namespace NnService.Benchmarks.Serving;

/// <summary>Requests by the wall clock, and what a second of the server's processor time is good for, which other work on the machine disturbs less.</summary>
internal sealed record Throughput(double PerSecond, double PerProcessorSecond, double Requests);
