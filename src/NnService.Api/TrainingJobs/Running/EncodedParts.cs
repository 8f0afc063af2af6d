using System.Numerics;
using NnService.Engine.Data;
using NnService.Engine.Data.Splits;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>The rows of a run, which may be in files that go with it.</summary>
/// <param name="Train">Rows to learn from.</param>
/// <param name="Validation">Rows to stop by; null: there are none.</param>
/// <param name="Test">Rows to be measured on; null: there are none, or they are encoded when they are needed, as with files.</param>
internal sealed record EncodedParts<T>(Samples<T> Train, Samples<T>? Validation, Samples<T>? Test) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>All parts in memory, by one walk through the table.</summary>
    public static EncodedParts<T> Of(SampleEncoder encoder, Table table, Split split)
    {
        var samples = new Queue<MemorySamples<T>>(encoder.EncodeTogether<T>(
            table, [.. new[] { split.Train, split.Validation, split.Test }.Where(rows => !rows.IsEmpty)]));
        return new EncodedParts<T>(samples.Dequeue(), split.Validation.IsEmpty ? null : samples.Dequeue(), split.Test.IsEmpty ? null : samples.Dequeue());
    }

    public void Dispose()
    {
        Train.Dispose();
        Validation?.Dispose();
        Test?.Dispose();
    }
}
