using NnService.Api.Http;
using NnService.Api.Inference.Scoring;

namespace NnService.Api.Inference;

internal static class InferenceSetup
{
    private const long DefaultMaxBytes = 128L << 20;

    public static void AddInference(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new InferenceLimits(Setting.Number(builder.Configuration, "Inference:MaxBytes", DefaultMaxBytes, low: 1)));
        builder.Services.AddSingleton(DefaultModel.Of(builder.Configuration));
    }
}

/// <summary>What one request may be.</summary>
/// <param name="MaxBytes">The largest body, in bytes; also bounds the answer, to as many float64 numbers as fit into it.</param>
internal sealed record InferenceLimits(long MaxBytes)
{
    /// <summary>Most numbers an answer may hold.</summary>
    public long MaxAnswers => MaxBytes / sizeof(double);
}
